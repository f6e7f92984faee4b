import { scriptCommand } from '../../host-scripts/script.ts';
import { differenceShown } from '../../mosquitto/candidate/difference.ts';
import type { Broker } from '../../mosquitto/service/broker.ts';
import { usualUnit } from '../../mosquitto/service/unit.ts';
import { clean, cleanLines } from '../../text/clean.ts';
import { notRegistered } from './troubles.ts';

/** What putting everything back would do now; fields as in `Replay`. */
export interface LookBack {
  restored: string[];
  removed: string[];
  left: string[];
  /** What somebody has changed since, with the difference to what Lockstep wrote, where both are text; `gone`: removed. */
  later: { path: string; difference: string[]; gone: boolean }[];
  /** Changes of which something that was kept is damaged: neither they nor older ones can be put back. */
  damaged: string[];
  ran: boolean | null;
  /**
   * What is at each path then: the bytes of a file, the target of a link, null for nothing. Of more than any
   * configuration has, no bytes.
   */
  then: ReadonlyMap<string, Uint8Array | string | null>;
  /** The folders of ours that are taken away, each with its change, and what is in it of somebody else. */
  ours: { path: string; group: string; stays: string[] }[];
}

/** Bytes, encoded, of all differences that are told: what there is more of is named without. */
const mostDifferences = 4 * 1024 * 1024;
/** As much as of a configuration is read. */
const mostContents = 32 * 1024 * 1024;
const mostOutput = 64 * 1024 * 1024;

/** A journal may be long, and that machine slow: what puts it back has as long. */
const limitSeconds = 290;

/**
 * Looks what `putBack('all')` would do, but for the changes that are spared, in one round trip, and changes nothing.
 * Null: there is nothing to undo.
 */
export async function lookBack(
  { host, layout }: Broker,
  spared: readonly string[] = [],
): Promise<LookBack | null> {
  const words = [
    ...[layout.state, spared.map((one) => ` ${one} `).join('')],
    ...[mostDifferences, mostContents].map(String),
  ];
  const result = await host.run(scriptCommand('undo/look-back', ...words), {
    root: true,
    doing: 'Looking what can be undone',
    timeoutSeconds: limitSeconds,
    limit: mostOutput,
  });
  if (result.code !== 0 || result.truncated)
    throw notRegistered('What could be undone cannot be told.', layout.state, result);
  return lookBackIn(result.stdout);
}

interface Entry {
  group: string;
  word: string;
  path: string;
  facts: Record<string, string>;
  inside: string[];
  stays: string[];
}

/** What the script says. */
export function lookBackIn(records: string): LookBack | null {
  // As in a replay, the last word on a path counts.
  const last = new Map<string, 'restored' | 'removed' | 'left'>();
  const taken = new Set<string>();
  const later = new Map<string, LookBack['later'][number]>();
  const damaged: string[] = [];
  // What is at a path when its turn comes: what the group before has put back there.
  const states = new Map<string, string>();
  // Of each service, before the first change.
  const services = new Map<string, string>();
  const then: Map<string, Uint8Array | string | null> = new Map();
  const ours: LookBack['ours'] = [];
  const { groups, entries, contents } = read(records);
  if (groups.length === 0) return null;
  for (const group of groups) {
    const [name = '', was = '', unit = ''] = group.split(' ');
    if (name === 'damaged') damaged.push(was);
    else if (was !== '-') services.set(unit || usualUnit, was);
  }
  for (const { group, word, path, facts, inside, stays } of entries) {
    const [was = '', after = ''] = [facts.was, facts.after];
    const now = states.get(path) ?? facts.now ?? '';
    if (after !== 'none' && ![after, was, 'other'].includes(now) && !later.has(path))
      later.set(path, { path, difference: differenceOf(path, facts), gone: now === 'absent' });
    if (after !== 'none') states.set(path, was);
    if (word === 'copy')
      then.set(path, /^link (.*)$/s.exec(was)?.[1] ?? contents.get(path) ?? new Uint8Array());
    else if (word === 'absent') then.set(path, null);
    if (word === 'ours') {
      ours.push({ path, group, stays });
      taken.add(path);
      if (stays.length > 0) last.set(path, 'left');
      else if (now === 'other') last.set(path, 'removed');
    } else if (word === 'copy') last.set(path, 'restored');
    else if (now === 'absent') continue;
    else if (now === 'other' && !inside.every((one) => taken.has(one))) last.set(path, 'left');
    else {
      taken.add(path);
      last.set(path, 'removed');
    }
  }
  const of = (what: string) => [...last].flatMap(([path, one]) => (one === what ? [path] : []));
  return {
    restored: of('restored'),
    removed: of('removed'),
    left: of('left'),
    later: [...later.values()],
    damaged,
    ran: services.size === 0 ? null : [...services.values()].includes('active'),
    then,
    ours,
  };
}

function read(records: string) {
  const groups: string[] = [];
  const entries: Entry[] = [];
  const contents = new Map<string, Uint8Array>();
  let [inside, stays]: [string[], string[]] = [[], []];
  let [group, content] = ['', ''];
  for (const record of records.split('\0').slice(0, -1)) {
    const space = record.indexOf(' ');
    const [word, value] = [record.slice(0, space), record.slice(space + 1)];
    const entry = entries.at(-1);
    if (word === 'group') {
      groups.push(value);
      group = value.split(' ')[0] ?? '';
    } else if (word === 'damaged') groups.push(`damaged ${value}`);
    else if (word === 'inside') inside.push(value);
    else if (word === 'stays') stays.push(value);
    else if (word === 'content') content = value;
    else if (word === 'kept') contents.set(content, Buffer.from(value, 'base64'));
    else if (word === 'ours' || word === 'copy' || word === 'absent' || word === 'folder') {
      entries.push({ group, word, path: value, facts: {}, inside, stays });
      [inside, stays] = [[], []];
    } else if (entry) entry.facts[word] = value;
  }
  return { groups, entries, contents };
}

function differenceOf(path: string, { wrote, found }: Record<string, string>): string[] {
  if (wrote === undefined || found === undefined) return [];
  const [before, now] = [wrote, found].map((one) => Buffer.from(one, 'base64').toString('utf8'));
  const heads = ['as written', 'now'] as const;
  const patch = differenceShown(clean(path, 200), before ?? '', now ?? '', heads);
  return cleanLines(patch.split('\n').slice(4, 44).join('\n'), 40, 200);
}
