import { isSecret } from '../../config/model/secret-lines.ts';
import { optionNamed } from '../../config/options/options.ts';
import type { Edit } from './edit.ts';
import { nameOf, type Subject } from './finding.ts';

/** What the broker, or one of its listeners, is set to, apart from who is let in. */
interface Held {
  option: string;
  value: string;
  /** `port 1883`; absent where it is a setting of the whole broker. */
  at?: string;
}

/** What sockets and ways in tell already (sockets.ts, admission.ts). */
const toldByListeners =
  /^(port|bind_address|socket_domain|bind_interface|protocol|(ca|cert|key|crl|acl|password|psk)_?file|capath|require_certificate|use_\w+_as_username|(listener_)?allow_anonymous|clientid_prefixes|psk_hint)$/;

/** All that a configuration sets, by what it is and where. */
export function heldBy({ configuration: { memory }, open }: Subject): Map<string, Held> {
  const all: Held[] = [...memory.broker].map(([option, { value }]) => ({
    option,
    value: String(value),
  }));
  for (const { name, settings } of memory.bridges)
    for (const [option, { value }] of settings)
      all.push({ option: `${option} of the bridge ${name}`, value: String(value) });
  const plugins = [memory.security, ...memory.listeners.map(({ security }) => security)]
    .flatMap((one) => one.plugins.map(({ path }) => path))
    .sort();
  if (plugins.length > 0) all.push({ option: 'plugin', value: [...new Set(plugins)].join(', ') });
  for (const one of open) {
    const { settings, security } = one.configured;
    const who = memory.perListener === null ? memory.security : security;
    for (const [option, { value }] of [...settings, ...who.settings])
      all.push({ option, value: String(value), at: nameOf(one) });
  }
  const told = all.filter(({ option }) => !toldByListeners.test(option));
  return new Map(told.map((held) => [`${held.option} ${held.at ?? ''}`, held]));
}

export interface Changes {
  /** Settings of the whole broker that would be others. */
  broker: string[];
  /** What is to be said of a listener. */
  said: string[];
}

/** What a change of lines would set otherwise than it says itself: what none of its lines is about. */
export function otherwiseSet(before: Subject, after: Subject, edits: readonly Edit[]): Changes {
  const named = new Set(edits.map(({ text }) => keyOf(text.split(' ')[0] ?? '')));
  // `log_dest file` names a file, which is kept apart.
  if (named.has('log_dest')) named.add('log_file');
  const [was, is] = [heldBy(before), heldBy(after)];
  const names = [before, after].map(({ open }) => new Set(open.map(nameOf)));
  const changes: Changes = { broker: [], said: [] };
  for (const key of new Set([...was.keys(), ...is.keys()])) {
    const [old, now] = [was.get(key), is.get(key)];
    const { option, at } = now ?? old ?? { option: '' };
    if (old?.value === now?.value || named.has(keyOf(option.split(' ')[0] ?? ''))) continue;
    if (at === undefined) changes.broker.push(option);
    else if (names.every((names) => names.has(at)))
      changes.said.push(
        isSecret(option)
          ? `From then on ${option} is another one at ${at}, or is not set.`
          : `From then on ${option} is ${now?.value ?? 'not set'} at ${at}, and it ${old ? `was ${old.value}` : 'was not set'} before.`,
      );
  }
  return changes;
}

/** Two spellings of one setting are one. */
const keyOf = (option: string): string => optionNamed(option)?.keptAs ?? option;
