import { posix } from 'node:path';
import { optionNamed } from '../options.ts';
import type { Directive } from '../read.ts';
import { type Finding, found, type Rule, spoken } from './finding.ts';

/** `per_listener_settings`: what it costs on this version. */
export const perListener: Rule = ({ configuration, behaviour }) => {
  const place = configuration.memory.perListener;
  if (place === null) return [];
  const fix =
    'Remove it, write "allow_anonymous false" once at the top, and keep passwords and access rules in one file for all listeners.';
  const is21 = behaviour.generation === '2.1';
  const why = behaviour.perListenerLosesMessages
    ? `Mosquitto ${behaviour.version} loses queued messages of clients that are away with this setting (issue 2618, versions 2.0.12 to 2.0.22), and a mistake found at a reload leaves listeners open.`
    : is21
      ? 'This setting is deprecated, and goes away in version 3.0.'
      : 'With this setting a mistake found at a reload leaves listeners open to everybody, and later versions lose messages with it (2.0.12 to 2.0.22) or drop it (3.0).';
  return [found('per-listener-settings', is21 ? 'note' : 'warning', place, why, fix)];
};

/** Lines that the broker takes and forgets. */
export const lostLines: Rule = ({ configuration, effective, open, behaviour }) => {
  if (!effective.loads) return [];
  const { directives, memory } = configuration;
  const findings: Finding[] = [];
  for (const line of directives) {
    if (line.lost) {
      findings.push(
        found(
          'lost-after-include',
          'critical',
          line,
          `An included file opened a listener, after which the broker loses what the main file says of its own: "${line.option}" has no effect${behaviour.generation === '2.1' ? ', or makes the broker crash' : ''}.`,
          `Move this line above the "include_dir" line; "include_dir" is best the last line of ${line.file}.`,
        ),
      );
    }
  }
  if (behaviour.generation === '2.1') return findings;
  const own = memory.defaultListener;
  const isOpen = open.some(({ configured }) => configured.isDefault);
  if (own === null || isOpen) return findings;
  for (const line of directives) {
    const scope = optionNamed(line.option)?.scope;
    const perListener = scope === 'security' && memory.perListener !== null;
    if (line.listener !== own || !(scope === 'listener' || perListener)) continue;
    if (perListener && isBefore(directives, line, 'per_listener_settings')) continue;
    const matters = perListener && /^(allow_anonymous|acl_file|password_file)$/.test(line.option);
    findings.push(
      found(
        'lost-before-listener',
        matters ? 'critical' : 'warning',
        line,
        `This line stands before any "listener" line of its file, so it belongs to no listener: "${line.option}" has no effect.`,
        memory.listeners.length === 0
          ? 'Write the "listener" line it is meant for above it, for example "listener 8883".'
          : 'Move it below the "listener" line it is meant for, in the same file.',
      ),
    );
  }
  return findings;
};

function isBefore(lines: Directive[], line: Directive, option: string): boolean {
  return lines.indexOf(line) < lines.findIndex((other) => other.option === option);
}

/** Switches set twice: the later line wins, wherever it stands. */
export const overridden: Rule = ({ configuration }) => {
  const { directives, memory } = configuration;
  const findings: Finding[] = [];
  const latest = new Map<unknown, Map<string, Directive>>();
  for (const line of directives) {
    const option = optionNamed(line.option);
    if (option?.kind !== 'boolean' || option.scope === 'bridge' || option.scope === 'broker')
      continue;
    const global = option.scope === 'security' && memory.perListener === null;
    const target = global ? 'all' : line.listener;
    const before = latest.get(target) ?? new Map<string, Directive>();
    const earlier = before.get(line.option);
    if (earlier !== undefined && earlier.value !== line.value) {
      findings.push(
        found(
          'overridden',
          line.option === 'allow_anonymous' ? 'warning' : 'note',
          earlier,
          `This line has no effect: ${spoken(line)} says "${line.option} ${line.value}" later, and the last one counts${global ? ' for all listeners' : ''}.`,
          `Keep one of the two lines: this one or ${spoken(line)}.`,
        ),
      );
    }
    before.set(line.option, line);
    latest.set(target, before);
  }
  return findings;
};

/** Where files are included, and which. */
export const includes: Rule = ({ configuration }) => {
  const { directives, files, mainPath } = configuration;
  const findings: Finding[] = [];
  const main = directives.filter(({ file }) => file === mainPath);
  const at = main.findIndex(({ option }) => option === 'include_dir');
  const after = at < 0 ? [] : main.slice(at + 1).filter(({ option }) => option !== 'include_dir');
  const include = main[at];
  if (after.length > 0 && include !== undefined) {
    findings.push(
      found(
        'include-not-last',
        'note',
        include,
        `Lines follow after this one (from ${spoken(after[0] ?? include)} on). They count last, and what they say of a listener can be lost.`,
        `Make "include_dir" the last line of ${mainPath}.`,
      ),
    );
  }
  for (const file of files) {
    if (!posix.basename(file).startsWith('.')) continue;
    findings.push(
      found(
        'hidden-file',
        'warning',
        { file, line: 1 },
        'The broker reads this file too, though "ls" does not show it.',
        'If it is meant, give it a name without the dot; if it was left by an editor, remove it.',
      ),
    );
  }
  return findings;
};

/** Values that are not what they look like. */
export const values: Rule = ({ configuration }) =>
  configuration.directives.flatMap((line): Finding[] => {
    if (optionNamed(line.option)?.kind !== 'string') return [];
    const { value, option } = line;
    if (/\s#/.test(value)) {
      const meant = value.replace(/\s+#.*$/, '');
      return [
        found(
          'comment-in-value',
          'warning',
          line,
          `A comment must have a line of its own: here the text after "#" is part of the value.`,
          `Write "${option} ${meant}", and the comment on the line above, with "#" as its first character.`,
        ),
      ];
    }
    const bare = /^(["'])(.*)\1$/.exec(value)?.[2];
    if (bare === undefined) return [];
    return [
      found(
        'quotes-in-value',
        'warning',
        line,
        'There are no quotes in this file format: here they are part of the value.',
        `Write "${option} ${bare}" without them; blanks inside are fine.`,
      ),
    ];
  });

/** The rest: who the broker runs as, and bridges that check nothing. */
export const others: Rule = ({ configuration }) => {
  const { memory } = configuration;
  const findings: Finding[] = [];
  const user = memory.broker.get('user');
  if (user?.value === 'root') {
    findings.push(
      found(
        'runs-as-root',
        'warning',
        user.place,
        'The broker keeps all rights of root; a fault in it is a fault in everything.',
        'Remove this line: the broker then runs as user mosquitto.',
      ),
    );
  }
  const prefixes = memory.broker.get('clientid_prefixes');
  if (prefixes !== undefined) {
    findings.push(
      found(
        'client-id-prefix',
        'warning',
        prefixes.place,
        'A client id is what the client says of itself: who guesses the prefix gets past this line.',
        'Use certificates or passwords; remove this line.',
      ),
    );
  }
  for (const { settings, name } of memory.bridges) {
    const insecure = settings.get('bridge_insecure');
    if (insecure?.value !== true) continue;
    findings.push(
      found(
        'bridge-insecure',
        'warning',
        insecure.place,
        `The bridge "${name}" does not check the other broker's name: anybody with a certificate of that authority can pose as it.`,
        "Remove this line, and use a name that is in the other broker's certificate.",
      ),
    );
  }
  return findings;
};
