import type { Directive } from '../../config/model/configuration.ts';
import { withoutSecret } from '../../config/model/secret-lines.ts';
import { optionNamed } from '../../config/options/options.ts';
import { listenerBelow } from '../advice/blocks.ts';
import { above, below, moved, removed } from '../advice/edit.ts';
import { bothWays, found, type Rule, type Way } from '../advice/finding.ts';

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
  const last = behaviour.perListenerLosesMessages
    ? { besides: 'That restart loses queued messages, too, and is the last that does.' }
    : {};
  return [
    found('per-listener-settings', is21 ? 'note' : 'warning', place, why, {
      ways: [
        { edits: alone, ...last },
        {
          ...last,
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
  const seen = new Set<string>();
  return texts.filter(({ option, value }) => {
    const text = `${option} ${value}`;
    if (seen.has(text)) return true;
    seen.add(text);
    return false;
  });
}

/** Lines that the broker takes and forgets. */
export const lostLines: Rule = ({ configuration, effective, open, behaviour }) => {
  if (!effective.loads) return [];
  const { directives, memory } = configuration;
  const lost = directives.filter((line) => line.lost);
  const include = directives.find(({ option }) => option === 'include_dir');
  const upwards = include ? bothWays(moved(lost, (text) => above(include, text))) : [];
  const gone: Way = { edits: lost.map(removed), besides: 'They did nothing.' };
  const afterInclude = lost.map((line) =>
    found(
      'lost-after-include',
      'critical',
      line,
      `An included file opened a listener, after which the broker loses what the main file says of its own: "${withoutSecret(line.option)}" has no effect${behaviour.generation === '2.1' ? ', or makes the broker crash' : ''}.`,
      {
        ways: [...upwards, { edits: [removed(line)], besides: 'It did nothing.' }, gone],
        otherwise: `"include_dir" is best the last line of ${line.file}.`,
      },
    ),
  );
  if (behaviour.generation === '2.1') return afterInclude;
  const own = memory.defaultListener;
  const isOpen = open.some(({ configured }) => configured.isDefault);
  if (own === null || isOpen) return afterInclude;
  const since = directives.findIndex(({ option }) => option === 'per_listener_settings');
  const early = directives.filter((line, index) => {
    const scope = optionNamed(line.option)?.scope;
    const perListener = scope === 'security' && memory.perListener !== null;
    if (line.listener !== own || !(scope === 'listener' || perListener)) return false;
    return !(perListener && index < since);
  });
  // Of one file they all stand above its first "listener" line.
  const downwards = new Map<string, Way[]>();
  for (const file of new Set(early.map((line) => line.file))) {
    const these = early.filter((line) => line.file === file);
    const target = these[0] && listenerBelow(these[0], configuration);
    if (target) downwards.set(file, bothWays(moved(these, (text) => below(target, text))));
  }
  const beforeListener = early.map((line) => {
    const matters =
      line.scope === 'security' && /^(allow_anonymous|acl_file|password_file)$/.test(line.option);
    const target = listenerBelow(line, configuration);
    return found(
      'lost-before-listener',
      matters ? 'critical' : 'warning',
      line,
      `This line stands before any "listener" line of its file, so it belongs to no listener: "${withoutSecret(line.option)}" has no effect.`,
      {
        ways: [
          ...(target ? bothWays(moved([line], (text) => below(target, text))) : []),
          ...(downwards.get(line.file) ?? []),
          { edits: [removed(line)], besides: 'It did nothing.' },
        ],
        otherwise:
          'It does nothing where it stands. Which listener it was meant for, you have to say: below a "listener" line it could let in others there, or shut them out.',
      },
    );
  });
  return [...afterInclude, ...beforeListener];
};
