import type { Edit } from '../../../src/mosquitto/audit/advice/edit.ts';
import type { Advised } from '../../../src/mosquitto/audit/advice/finding.ts';
import { audit } from '../../../src/mosquitto/audit/audit.ts';
import { withoutSecret } from '../../../src/mosquitto/config/model/secret-lines.ts';
import { optionNamed } from '../../../src/mosquitto/config/options/options.ts';
import { clean } from '../../../src/text/clean.ts';
import { main } from '../brokers/reading.ts';
import {
  type Client,
  isIn,
  kindsOf,
  type Opened,
  opened,
  type Point,
  pointsOf,
  rulesFor,
  shows,
} from './clients-tried.ts';
import { filesIn, filesWithout, follow, stepsTo, type Tree } from './following.ts';
import { type Said, saidAfter } from './said-of-clients.ts';

/** Everything that is wrong with the advice on one configuration, told by following it on a copy. */
export async function wrongWith(
  tree: Tree,
  version: string,
  followed: (id: string) => void = () => {},
): Promise<string[]> {
  const all = await audit(filesIn(tree), main, version);
  const wrong: string[] = [];
  const start = await opened(tree, version);
  for (const finding of all) {
    const { id, fix, edits } = finding;
    const say = (words: string) => wrong.push(`${id}: ${words} (${fix})`);
    if (edits === null) continue;
    followed(id);
    const written = ({ action, ...edit }: Edit) => {
      const text = withoutSecret(edit.text);
      return fix.includes(action === 'remove' ? `"${clean(text)}"` : `"${text}"`);
    };
    if (!edits.every(written)) say('the words are not those of the edits');
    const fault = id.startsWith('does-not-load');
    const steps = stepsTo(finding, all);
    const copy = follow(tree, steps);
    const after = await opened(copy, version);
    if (start.loads && !after.loads) say('the broker does not start any more');
    if (!fault) {
      const before = await opened(follow(tree, stepsBefore(finding, all)), version);
      if (before.loads) wrongChange(before, after, finding).forEach(say);
    }
    const again = await audit(filesIn(copy), main, version);
    if (fault) {
      const first = again.find((one) => one.id === 'does-not-load');
      if (first && stillThere(finding, first, follow(numbered(tree), steps)))
        say('the fault is still there');
      continue;
    }
    const count = (these: readonly Advised[], id: string) =>
      these.filter((one) => one.id === id).length;
    if (count(again, id) >= count(all, id)) say('the finding is still there');
    for (const one of again.filter(({ severity }) => severity === 'critical'))
      if (count(again, one.id) > count(all, one.id)) say(`a new critical finding: ${one.id}`);
  }
  return wrong;
}

/** Everything that is wrong with what is said where a folder was not read, told by what is really in it. */
export async function wrongUnread(tree: Tree, folder: string, version: string): Promise<string[]> {
  const files = filesWithout(tree, folder);
  const all = await audit(files, main, version);
  if (files.gaps?.().length === 0) return [];
  const before = await opened(tree, version);
  const wrong: string[] = [];
  for (const finding of all) {
    const { id, message, edits } = finding;
    const say = (words: string) => wrong.push(`${id}: ${words} (${message} ${finding.fix})`);
    if (before.loads && message.startsWith('The broker does not start')) say('it starts');
    const limited =
      /^(By what was read|Once the broker starts, by what was read|With what was read)/;
    if (!limited.test(message) && !/^(does-not-load|not-)/.test(id)) say('said of the whole');
    if (edits === null) continue;
    const after = await opened(follow(tree, edits), version);
    if (before.loads) wrongChange(before, after, finding).forEach(say);
  }
  return wrong;
}

/** What is wrong with a change of lines: who comes, who goes and is not named, what is set otherwise. */
function wrongChange(before: Opened, after: Opened, { fix, edits }: Advised): string[] {
  const [clients, points] = [kindsOf([before, after]), pointsOf([before, after])];
  const out = saidAfter('Shut out from then on', fix);
  const come = saidAfter('Let in from then on', fix);
  const wrong = new Set<string>();
  const meant = fix.includes('To let clients in there:');
  for (const { words, are } of [...out, ...come])
    if (are === null) wrong.add(`words that mean nothing: ${words}`);
  const left = new Map(out.map((one) => [one, false]));
  for (const point of points) {
    // A port that the system chose can be found by every program of that machine.
    const found = point.port === 0 && point.address.startsWith('/');
    for (const client of clients) {
      const [was, is] = [isIn(client, point, before), isIn(client, point, after)];
      const tell = (words: string) =>
        wrong.add(`${words}: ${JSON.stringify(client)} at ${point.port} ${point.address}`);
      if (is && !was && !found && !(meant && shows(client) && isSaid(come, client, point)))
        tell('lets in');
      if (was && is) wrongRules(client, point).forEach(tell);
      if (was && !is && !isSaid(out, client, point)) tell('shuts out, unsaid');
      if (was && !is)
        for (const one of out) if (one.at(point) && one.are?.(client)) left.set(one, true);
    }
  }
  for (const said of out) {
    if (!left.get(said)) wrong.add(`says that it shuts out ${said.words}, and it does not`);
    const still = clients.filter(
      (client) => said.are?.(client) && isInAnywhere(client, said, before, after),
    );
    if (still.length > 0)
      wrong.add(`says that it shuts out ${said.words}, and lets in ${JSON.stringify(still[0])}`);
  }
  return [...[...wrong].slice(0, 3), ...setOtherwise(before, after, edits ?? [], fix)];

  /** A client that stays in stays under its rules, and new ones are told. */
  function wrongRules(client: Client, point: Point): string[] {
    const [was, is] = [before, after].map((all) => rulesFor(client, point, all));
    const lost = was?.filter((rule) => !is?.includes(rule)) ?? [];
    const come = is?.filter((rule) => !was?.includes(rule)) ?? [];
    return [
      ...lost.map((rule) => `is without ${rule}`),
      ...come
        .filter((rule) => !fix.includes(`What ${rule} allows holds from then on`))
        .map((rule) => `comes under ${rule}, unsaid`),
    ];
  }

  /** Whether a client that is named still comes in by each point of a place by which it came in. */
  function isInAnywhere(client: Client, said: Said, one: Opened, two: Opened) {
    const those = points.filter((point) => said.at(point) && isIn(client, point, one));
    return those.length > 0 && those.every((point) => isIn(client, point, two));
  }
}

/** Of a way that was open to everybody it is enough to say so. */
const isSaid = (said: readonly Said[], client: Client, point: Point) =>
  said.some(
    ({ words, are, at }) =>
      at(point) && (are?.(client) || words.startsWith('clients without name and password')),
  );

const byDoors =
  /^(port|bind_address|socket_domain|bind_interface|protocol|.*file|capath|require_certificate|use_\w+_as_username|(listener_)?allow_anonymous|clientid_prefixes|psk_hint)$/;

/** Settings that no line of the advice is about, and that are others then. */
function setOtherwise(before: Opened, after: Opened, edits: readonly Edit[], fix: string) {
  const key = (option: string) => optionNamed(option)?.keptAs ?? option;
  const named = new Set(edits.map(({ text }) => key(text.split(' ')[0] ?? '')));
  const differs = (was: ReadonlyMap<string, { value: unknown }>, is: typeof was) =>
    [...new Set([...was.keys(), ...is.keys()])].filter(
      (name) =>
        was.get(name)?.value !== is.get(name)?.value && !named.has(name) && !byDoors.test(name),
    );
  const { memory } = before.configuration;
  const broker = differs(memory.broker, after.configuration.memory.broker);
  const listeners = before.open.flatMap(({ configured: { port, path, settings } }) => {
    const alike = [before, after].map(({ open }) =>
      open.filter(({ configured: one }) => one.port === port && one.path === path),
    );
    const other = alike.every(({ length }) => length === 1) && alike[1]?.[0]?.configured;
    return other ? differs(settings, other.settings) : [];
  });
  return [
    ...broker.map((name) => `sets ${name} otherwise`),
    ...listeners
      .filter((name) => !fix.includes(`From then on ${name} is`))
      .map((name) => `sets ${name} otherwise, unsaid`),
  ];
}

const stepsBefore = (finding: Advised, all: readonly Advised[]) =>
  stepsTo(finding, all).slice(0, -(finding.edits?.length ?? 0) || undefined);

/** Each line's own number in place of its text, to see where it went. */
const numbered = (tree: Tree): Tree =>
  new Map(
    [...tree].map(([file, text]) => [
      file,
      text
        .split('\n')
        .map((line, index) => line && `${file} ${index + 1}`)
        .join('\n'),
    ]),
  );

/** Whether the first complaint after is the same about the same line. */
function stillThere(fault: Advised, first: Advised, after: Tree): boolean {
  const line = after.get(first.file)?.split('\n')[first.line - 1];
  const words = ({ message }: Advised) => message.replace(/^.*? It says: /, '');
  return words(first) === words(fault) && line === `${fault.file} ${fault.line}`;
}
