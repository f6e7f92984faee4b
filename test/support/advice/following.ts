import type { Edit } from '../../../src/mosquitto/audit/advice/edit.ts';
import type { Advised } from '../../../src/mosquitto/audit/advice/finding.ts';
import { type ConfigurationFiles, overlay } from '../../../src/mosquitto/config/files/files.ts';
import { isUnmeant } from '../../../src/mosquitto/config/files/unmeant-names.ts';
import type { Gap } from '../../../src/mosquitto/config/model/gap.ts';
import { readConfiguration } from '../../../src/mosquitto/config/reader/read.ts';
import { effective } from '../../../src/mosquitto/effective/effective.ts';
import { main } from '../brokers/reading.ts';

/** A configuration below /etc/mosquitto, each file as bytes in latin1. */
export type Tree = ReadonlyMap<string, string>;

/** Include folders that are not in a tree are there, and empty, unless nobody means such a name. */
const emptyFolders: ConfigurationFiles = {
  read: async () => null,
  list: async (folder) => (isUnmeant(folder) ? null : []),
  nameOf: async (folder) => folder,
};

export const filesIn = (tree: Tree): ConfigurationFiles =>
  overlay(
    emptyFolders,
    new Map([...tree].map(([path, text]) => [path, Buffer.from(text, 'latin1')])),
  );

/** The same, but what is in a folder cannot be read, and is told to be a gap. */
export function filesWithout(tree: Tree, folder: string): ConfigurationFiles {
  const gaps: Gap[] = [];
  const files = filesIn(new Map([...tree].filter(([path]) => !path.startsWith(`${folder}/`))));
  return {
    ...files,
    list: async (path) => {
      if (path === folder) gaps.push({ path, what: 'elsewhere' });
      return files.list(path);
    },
    gaps: () => gaps.slice(0, 1),
  };
}

/** Does to a copy what a person would do with an editor that shows line numbers, from the last line up. */
export function follow(tree: Tree, edits: readonly Edit[]): Map<string, string> {
  const copy = new Map(tree);
  for (const file of new Set(edits.map((edit) => edit.file))) {
    const text = copy.get(file) ?? '';
    const end = text.includes('\r\n') ? '\r\n' : '\n';
    const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
    if (lines.at(-1) === '') lines.pop();
    const here = edits.filter((edit) => edit.file === file);
    const write = (edit: Edit) => Buffer.from(edit.text, 'utf8').toString('latin1');
    for (const edit of here) if (edit.action === 'append') lines.push(write(edit));
    const numbered = here.flatMap((edit) => (edit.action === 'append' ? [] : [edit]));
    for (let number = Math.max(0, ...numbered.map(({ line }) => line)); number > 0; number -= 1) {
      const these = numbered.filter(({ line }) => line === number);
      const above = these.filter(({ action }) => action === 'insert-before').map(write);
      const below = these.filter(({ action }) => action === 'insert-after').map(write);
      const instead = these
        .filter(({ action }) => action === 'replace')
        .map(write)
        .slice(-1);
      const gone = these.some(({ action }) => action === 'remove');
      const own = gone ? [] : instead.length > 0 ? instead : [lines[number - 1] ?? ''];
      lines.splice(number - 1, 1, ...above, ...own, ...below);
    }
    copy.set(file, lines.map((line) => line + end).join(''));
  }
  return copy;
}

/** What each door takes: `1883 0.0.0.0 anonymous`; judged by what the reader says of its listeners alone. */
export async function letIn(
  tree: Tree,
  version: string,
): Promise<{ loads: boolean; who: string[] }> {
  const configuration = await readConfiguration(filesIn(tree), main, version);
  const { loads, listeners } = effective(configuration, version);
  const plugins = configuration.directives.some(({ option }) => /plugin(_use)?$/.test(option));
  // With TLS, but no version of it that could succeed, nobody gets through.
  const working = listeners.filter(({ tls, minimumTls }) => !tls || minimumTls !== null);
  const who = working.flatMap((one) =>
    one.addresses
      .flatMap((address) => (address === '::(dual)' ? ['0.0.0.0', '::'] : [address]))
      .flatMap((address) => {
        const named = one.settings.useIdentityAsUsername || one.settings.useSubjectAsUsername;
        const passwords =
          (one.settings.passwordFile !== undefined || plugins) && !(one.tls && named);
        const certificate = one.requiresClientCertificate;
        const door = `${one.port} ${address}`;
        return [
          ...(one.anonymous === 'accepted'
            ? [`${door} ${certificate ? 'certificate' : 'anonymous'}`]
            : []),
          ...(passwords ? [`${door} ${certificate ? 'certificate and ' : ''}password`] : []),
        ];
      }),
  );
  return { loads, who };
}

/** Those that get in after and did not before. */
export function newcomers(before: readonly string[], after: readonly string[]): string[] {
  return after.filter((one) => {
    const [port, address = '', ...what] = one.split(' ');
    const stronger = ['anonymous', what.join(' ')];
    // Where any name will do, so does one with a password.
    if (what.includes('password')) stronger.push('any-name');
    // Who needs both is one of those who had either.
    if (what.length > 1) stronger.push('certificate', 'password');
    const everywhere = address.startsWith('/') ? [] : address.includes(':') ? ['::'] : ['0.0.0.0'];
    // A unix socket in place of a port that the system had chosen.
    const random = address.startsWith('/') ? ['0.0.0.0', '::'] : [];
    return !stronger.some((each) =>
      [address, ...everywhere, ...random].some((place) =>
        before.includes(`${port} ${place} ${each}`),
      ),
    );
  });
}

/** The edits with which a finding is followed: what keeps the broker from starting is put right first. */
export function stepsTo(finding: Advised, all: readonly Advised[]): Edit[] {
  const faults = all.filter(({ id }) => id.startsWith('does-not-load'));
  const before = faults.includes(finding) ? faults.slice(0, faults.indexOf(finding)) : faults;
  return [...before, finding].flatMap(({ edits }) => edits ?? []);
}
