/** One line of an access list (mosquitto.conf(5), "acl_file"), with whom it is for. */
interface Rule {
  /** A topic with `+`, `#`, and in patterns `%u` and `%c`. */
  filter: string;
  access: 'read' | 'write' | 'readwrite' | 'deny';
  /** Null: whoever gives no user name. Absent: everybody (`pattern`). */
  user?: string | null;
}

export type AccessList = readonly Rule[];

/** A client as an access list knows it. */
export interface Known {
  /** Null: it gives none. */
  user: string | null;
  clientId: string;
}

const accesses = ['read', 'write', 'readwrite', 'deny'] as const;

/** Reads an access list as the broker does; null where the broker would not take it. */
export function readAccessList(text: string): AccessList | null {
  const rules: Rule[] = [];
  let user: string | null = null;
  for (const raw of text.split('\n')) {
    const line = raw.trimEnd();
    if (line === '' || line.startsWith('#')) continue;
    const [, keyword, rest = ''] = /^ *([^ ]+) *(.*)$/.exec(line) ?? [];
    if (rest === '') return null;
    if (keyword === 'user') user = rest;
    else if (keyword === 'topic' || keyword === 'pattern') {
      const [, first, filter] = /^([^ ]+) +(.+)$/.exec(rest) ?? [];
      const access = filter === undefined ? 'readwrite' : accesses.find((one) => one === first);
      if (access === undefined) return null;
      rules.push({ filter: filter ?? rest, access, ...(keyword === 'topic' ? { user } : {}) });
    } else return null;
  }
  return rules;
}

/** Whether a client may do that; denials go first, what is not allowed is refused. */
export function allows(
  list: AccessList,
  who: Known,
  topic: string,
  access: 'read' | 'write',
): boolean {
  for (const rules of [own(list, who), patterns(list, who)]) {
    const matching = rules.filter(({ filter }) => matches(filter, topic));
    if (matching.some((rule) => rule.access === 'deny')) return false;
    if (matching.some((rule) => rule.access === 'readwrite' || rule.access === access)) return true;
  }
  return false;
}

/** What a message can be sent to and read back by, or how far the list goes. */
export type Tryable = { topic: string } | { only: 'read' | 'write' | 'neither' | 'written out' };

/**
 * A topic that a client may both write and read. `wanted` where that is allowed; else one that stands for a
 * wildcard of the list, in which nobody has a device of that name. A topic that is written out in full
 * is somebody's, perhaps a valve's: nothing is sent there unasked. `mount` is the `mount_point` of its listener:
 * the list is for topics with it, the client names them without.
 */
export function topicIn(list: AccessList, who: Known, wanted: string, mount = ''): Tryable {
  const rules = [...own(list, who), ...patterns(list, who)].filter(
    (rule) => rule.access !== 'deny',
  );
  const stand = ({ filter }: Rule) => standing(filter, mount);
  const isMounted = (topic: string) => topic.startsWith(mount) && topic.length > mount.length;
  const made = rules.filter(({ filter }) => /[+#]/.test(filter) && !filter.startsWith('$'));
  const may = (topic: string, access: 'read' | 'write') => allows(list, who, topic, access);
  const both = (topic: string) => may(topic, 'write') && may(topic, 'read');
  const found = [`${mount}${wanted}`, ...made.map(stand)].filter(isMounted).find(both);
  if (found !== undefined) return { topic: found.slice(mount.length) };
  const all = rules.map(stand).filter(isMounted);
  if (all.some(both)) return { only: 'written out' };
  if (all.some((topic) => may(topic, 'write'))) return { only: 'write' };
  return { only: all.some((topic) => may(topic, 'read')) ? 'read' : 'neither' };
}

/** A topic that a filter is for, with names of ours in the place of wildcards, below the mount point. */
function standing(filter: string, mount: string): string {
  const above = mount.endsWith('/') ? mount.split('/').slice(0, -1) : [];
  return filter
    .split('/')
    .flatMap((level, index) => {
      if (level === '#') return [...above.slice(index), 'lockstep'];
      return level === '+' ? (above[index] ?? 'lockstep') : level;
    })
    .join('/');
}

const own = (list: AccessList, { user }: Known): Rule[] =>
  list.filter((rule) => rule.user !== undefined && rule.user === user);

/** Those of everybody, with the client's names in their places; a name with a wildcard in it gets nothing. */
function patterns(list: AccessList, { user, clientId }: Known): Rule[] {
  if (/[+#]/.test(`${user ?? ''}${clientId}`)) return [];
  return list
    .filter(
      ({ user: whose, filter }) => whose === undefined && (user !== null || !filter.includes('%u')),
    )
    .map((rule) => ({
      ...rule,
      filter: rule.filter.replaceAll('%c', () => clientId).replaceAll('%u', () => user ?? ''),
    }));
}

/** MQTT 3.1.1 section 4.7: `+` is one level, `#` all that follow and the one above; neither begins with `$`. */
export function matches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') !== filter.startsWith('$')) return false;
  const levels = topic.split('/');
  const wanted = filter.split('/');
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return true;
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}
