import { posix } from 'node:path';
import { optionNamed } from '../options.ts';
import type { Directive } from '../read.ts';
import { lineAt, listenerBelow } from './blocks.ts';
import { above, below, type Edit, moved, removed, replaced } from './edit.ts';
import { type Draft, found, type Rule, spoken, type Way } from './finding.ts';

/** `per_listener_settings`: what it costs on this version. */
export const perListener: Rule = ({ configuration, behaviour }) => {
  const { memory, directives } = configuration;
  const place = memory.perListener;
  if (place === null) return [];
  const is21 = behaviour.generation === '2.1';
  const why = behaviour.perListenerLosesMessages
    ? `Mosquitto ${behaviour.version} loses queued messages of clients that are away with this setting (issue 2618, versions 2.0.12 to 2.0.22), and a mistake found at a reload leaves listeners open.`
    : is21
      ? 'This setting is deprecated, and goes away in version 3.0.'
      : 'With this setting a mistake found at a reload leaves listeners open to everybody, and later versions lose messages with it (2.0.12 to 2.0.22) or drop it (3.0).';
  const itself = directives.filter(({ option }) => option === 'per_listener_settings');
  const anonymous = directives.filter(({ option }) => /^(listener_)?allow_anonymous$/.test(option));
  const [first] = directives;
  const alone = [...itself, ...again(directives)].map(removed);
  return [
    found('per-listener-settings', is21 ? 'note' : 'warning', place, why, {
      ways: [
        { edits: alone },
        {
          edits: [
            ...alone,
            ...anonymous.map(removed),
            ...(first ? [above(first, 'allow_anonymous false')] : []),
          ],
        },
      ],
      otherwise:
        'Without it all listeners have the same password file, access list and answer to clients without a name. These do not: leave it until they can.',
    }),
  ];
};

/** Lines that say once more what another listener was told, and would be refused as duplicates. */
function again(directives: readonly Directive[]): Directive[] {
  const texts = directives.filter(
    ({ option, scope }) => scope === 'security' && optionNamed(option)?.kind === 'string',
  );
  return texts.filter((line, index) =>
    texts
      .slice(0, index)
      .some(({ option, value }) => option === line.option && value === line.value),
  );
}

/** Lines that the broker takes and forgets. */
export const lostLines: Rule = ({ configuration, effective, open, behaviour }) => {
  if (!effective.loads) return [];
  const { directives, memory } = configuration;
  const lost = directives.filter((line) => line.lost);
  const include = directives.find(({ option }) => option === 'include_dir');
  const afterInclude = lost.map((line) =>
    found(
      'lost-after-include',
      'critical',
      line,
      `An included file opened a listener, after which the broker loses what the main file says of its own: "${line.option}" has no effect${behaviour.generation === '2.1' ? ', or makes the broker crash' : ''}.`,
      {
        ways: [
          ...(include ? bothWays(moved(lost, (text) => above(include, text))) : []),
          { edits: [removed(line)], besides: 'It did nothing.' },
          { edits: lost.map(removed), besides: 'They did nothing.' },
        ],
        otherwise: `"include_dir" is best the last line of ${line.file}.`,
      },
    ),
  );
  if (behaviour.generation === '2.1') return afterInclude;
  const own = memory.defaultListener;
  const isOpen = open.some(({ configured }) => configured.isDefault);
  if (own === null || isOpen) return afterInclude;
  const early = directives.filter((line) => {
    const scope = optionNamed(line.option)?.scope;
    const perListener = scope === 'security' && memory.perListener !== null;
    if (line.listener !== own || !(scope === 'listener' || perListener)) return false;
    return !(perListener && isBefore(directives, line, 'per_listener_settings'));
  });
  const beforeListener = early.map((line) => {
    const matters =
      line.scope === 'security' && /^(allow_anonymous|acl_file|password_file)$/.test(line.option);
    const target = listenerBelow(line, configuration);
    const together = early.filter(({ file }) => file === line.file);
    return found(
      'lost-before-listener',
      matters ? 'critical' : 'warning',
      line,
      `This line stands before any "listener" line of its file, so it belongs to no listener: "${line.option}" has no effect.`,
      {
        ways: [
          ...(target
            ? [
                ...bothWays(moved([line], (text) => below(target, text))),
                ...bothWays(moved(together, (text) => below(target, text))),
              ]
            : []),
          { edits: [removed(line)], besides: 'It did nothing.' },
        ],
        otherwise: 'A setting of a listener belongs below its "listener" line, in the same file.',
      },
    );
  });
  return [...afterInclude, ...beforeListener];
};

const bothWays = (edits: Edit[]): Way[] => [{ edits }, { edits, lets: true }];

function isBefore(lines: Directive[], line: Directive, option: string): boolean {
  return lines.indexOf(line) < lines.findIndex((other) => other.option === option);
}

/** Switches set twice: the later line wins, wherever it stands. */
export const overridden: Rule = ({ configuration }) => {
  const { directives, memory } = configuration;
  const findings: Draft[] = [];
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
          {
            ways: [
              {
                edits: [removed(earlier)],
                besides: `It did nothing; what counts is ${spoken(line)}.`,
              },
            ],
            otherwise: `What counts is ${spoken(line)}.`,
          },
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
  const findings: Draft[] = [];
  const main = directives.filter(({ file }) => file === mainPath);
  const at = main.findIndex(({ option }) => option === 'include_dir');
  const after = at < 0 ? [] : main.slice(at + 1).filter(({ option }) => option !== 'include_dir');
  const all = main.filter(({ option }) => option === 'include_dir');
  const include = main[at];
  if (after.length > 0 && include !== undefined) {
    findings.push(
      found(
        'include-not-last',
        'note',
        include,
        `Lines follow after this one (from ${spoken(after[0] ?? include)} on). They count last, and what they say of a listener can be lost.`,
        {
          ways: [{ edits: moved(all, (text) => ({ action: 'append', file: mainPath, text })) }],
          otherwise:
            'Leave it where it is: at the end, what is included would count last, and others could get in or be shut out by it.',
        },
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
        'Look whether it is meant before you rename or remove it: files are read in the order of their names, and what it says counts until then.',
      ),
    );
  }
  return findings;
};

/** Values that are not what they look like. */
export const values: Rule = ({ configuration }) =>
  configuration.directives.flatMap((line): Draft[] => {
    if (optionNamed(line.option)?.kind !== 'string') return [];
    const { value, option } = line;
    if (/\s#/.test(value)) {
      const meant = value.replace(/\s+#.*$/, '');
      const comment = /\s(#.*)$/.exec(value)?.[1] ?? '#';
      const edits = [above(line, comment), replaced(line, `${option} ${meant}`)];
      return [
        found(
          'comment-in-value',
          'warning',
          line,
          `A comment must have a line of its own: here the text after "#" is part of the value.`,
          { ways: bothWays(edits), otherwise: 'The comment belongs on a line of its own.' },
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
        {
          ways: bothWays([replaced(line, `${option} ${bare}`)]).map((way) => ({
            ...way,
            besides: 'Blanks inside are fine.',
          })),
          otherwise: 'Values are written without quotes; blanks inside are fine.',
        },
      ),
    ];
  });

/** The rest: who the broker runs as, and bridges that check nothing. */
export const others: Rule = ({ configuration }) => {
  const { memory, directives } = configuration;
  const findings: Draft[] = [];
  const user = memory.broker.get('user');
  if (user?.value === 'root') {
    const lines = directives.filter(({ option }) => option === 'user');
    findings.push(
      found(
        'runs-as-root',
        'warning',
        user.place,
        'The broker keeps all rights of root; a fault in it is a fault in everything.',
        {
          ways: [
            {
              edits: lines.map(removed),
              besides:
                'The broker then runs as user mosquitto: first look that this user may read its key, its password file and its database.',
            },
          ],
          otherwise:
            'It is to run as user mosquitto. Only root can open ports below 1024: choose others first.',
        },
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
        'Let certificates or passwords decide who gets in; do not take the line away before they do.',
      ),
    );
  }
  for (const { settings, name } of memory.bridges) {
    const insecure = settings.get('bridge_insecure');
    if (insecure?.value !== true) continue;
    const line = lineAt(insecure.place, configuration);
    findings.push(
      found(
        'bridge-insecure',
        'warning',
        insecure.place,
        `The bridge "${name}" does not check the other broker's name: anybody with a certificate of that authority can pose as it.`,
        {
          ways: line
            ? [
                {
                  edits: [removed(line)],
                  besides:
                    "The bridge's address must then be a name in the other broker's certificate.",
                },
              ]
            : [],
          otherwise: "The name is to be checked; it must be one of the other broker's certificate.",
        },
      ),
    );
  }
  return findings;
};

const open = ['/tmp', '/var/tmp', '/dev/shm'];
const decisive =
  /^(password_file|acl_file|psk_file|(ca|cert|key|crl)file|capath|include_dir|(auth_|global_)?plugin)$/;

/** What decides who gets in, in a folder where everybody on the machine may put files. */
export const openFolders: Rule = ({ configuration }) =>
  configuration.directives.flatMap((line) => {
    if (!decisive.test(line.option)) return [];
    const folder = open.find((one) => posix.normalize(line.value).startsWith(`${one}/`));
    if (folder === undefined) return [];
    return [
      found(
        'file-in-open-folder',
        'critical',
        line,
        `Everybody on the broker's machine may put files into ${folder}: who does so first, as after a reboot that empties it, decides what the broker takes for "${line.option}".`,
        'Move it below /etc/mosquitto, to the owner that it needs, and name it there.',
      ),
    ];
  });
