import { type Behaviour, behaviourOf } from '../config/model/behaviour.ts';
import type { Configuration } from '../config/model/configuration.ts';
import type { Settings } from '../config/model/memory.ts';
import { hidden, isSecret } from '../config/model/secret-lines.ts';
import { type Cell, isLoss } from '../effective/access-table.ts';
import {
  type Admission,
  admissions,
  type Demand,
  demandsAt,
  isNoHarder,
  newlyIn,
  shownOf,
} from '../effective/admission.ts';
import { apiChanges } from '../effective/http-api.ts';
import type { Who } from '../effective/listener.ts';
import { openListeners } from '../effective/listeners.ts';
import type { OpenListener } from '../effective/open-listener.ts';
import { isLocalOnly } from '../effective/sockets.ts';
import { type Goal, untilNow } from './access.ts';
import { letIn } from './shortfalls.ts';

/**
 * What would hold otherwise than now for those who are let in now and then, a sentence each: without
 * encryption, without the certificate or the access list that is asked for now, or with one that is not;
 * under other topics. `cells` tell who is let in no more: of these nothing is said here.
 */
export function otherwise(
  now: Configuration,
  then: Configuration,
  cells: readonly Cell[],
  goal: Goal,
): string[] {
  if (now.error !== null || then.error !== null) return [];
  const behaviour = behaviourOf(now.version);
  const [was, is] = [listenersOf(now, behaviour), listenersOf(then, behaviour)];
  const [before, after] = [
    admissions(was, now.memory, behaviour, true).map((one) => byFilesUntilNow(one, goal)),
    admissions(is, then.memory, behaviour, true),
  ];
  return [
    ...new Set([
      ...looser(before, after, knownIn(before, goal)),
      ...stricter(before, after, cells, knownIn(before, goal)),
      ...otherSettings([now, was], [then, is], behaviour, goal),
      ...loadedTwice(now, then),
      ...apiChanges(now, then).loosened,
    ]),
  ];
}

/** By the files that were behind the names until now. */
const byFilesUntilNow = (one: Admission, goal: Goal): Admission => ({
  ...one,
  demands: one.demands.map((each) =>
    each.kind === 'certificate' ? { ...each, of: untilNow(each.of, goal) } : each,
  ),
});

/** Where our own authority counts at the port already, its holders are somebody whom it lets in now. */
function knownIn(before: readonly Admission[], goal: Goal): Goal {
  return before.some((one) => isOurs(one, goal)) ? { ...goal, keptAuthority: goal.cafile } : goal;
}

function listenersOf({ memory }: Configuration, behaviour: Behaviour): OpenListener[] {
  const open = openListeners(memory, behaviour);
  return 'error' in open ? [] : open;
}

/** Who comes in then on less than now. */
function looser(was: Admission[], is: Admission[], goal: Goal): string[] {
  const named = was.map(withoutNameless);
  // A program on the machine itself could come in by another of its addresses.
  const couldBefore = (one: Admission) =>
    isLocalOnly(one.address) &&
    !one.address.startsWith('/') &&
    named.some((other) => other.port === one.port && isNoHarder(other, one));
  const come = newlyIn(
    named,
    is.flatMap((one) => ofOthers(one, goal)),
  );
  return come
    .filter((one) => !couldBefore(one))
    .map((one) => {
      const kind = kindOf(one);
      const there = named.filter((other) => other.port === one.port && kindOf(other) === kind);
      const less = there.flatMap((other) => [
        ...(other.encrypted && !one.encrypted ? ['encryption'] : []),
        ...missing(other, one).map(demandWords),
      ]);
      const without = less.length > 0 ? ` without ${[...new Set(less)].join(', ')}` : '';
      return `${placeOf(one)} would let in ${letIn[kind]}${without}, and does not today.`;
    });
}

/** Where nobody is kept out by it: a name that is not known can be left away. */
const withoutNameless = (one: Admission): Admission => ({
  ...one,
  demands: one.demands.filter(({ kind }) => kind !== 'nameless'),
});

/** Ways in for others than those to whom this change gives a certificate. */
const ofOthers = (one: Admission, goal: Goal): Admission[] =>
  isOurs(one, goal) ? asKept(one, goal) : [withoutNameless(one)];

/** The way in by our certificate, for the holders of one of the authority that is kept. */
function asKept(one: Admission, goal: Goal): Admission[] {
  const { keptAuthority, cafile } = goal;
  if (keptAuthority === undefined || !isOurs(one, goal)) return [];
  const demands = one.demands.map((each) =>
    each.kind === 'certificate' && each.of === cafile ? { ...each, of: keptAuthority } : each,
  );
  return [{ ...one, demands }];
}

const isOurs = ({ port, demands }: Admission, { ports, cafile }: Goal): boolean =>
  port === ports.tls && demands.some(({ kind, of }) => kind === 'certificate' && of === cafile);

/** Who comes in now and needs more then, though the table has them let in as before. */
function stricter(was: Admission[], is: Admission[], cells: readonly Cell[], goal: Goal): string[] {
  const lost = cells.filter(isLoss);
  const then = is.flatMap((one) => [one, ...asKept(one, goal)]);
  return was
    .flatMap(fromEachSide)
    .filter(
      ({ from, way, one }) =>
        newlyIn(then, [way]).length > 0 && !lost.some((cell) => isAbout(cell, one, from)),
    )
    .map(({ one }) => {
      const kind = kindOf(one);
      const there = then.filter((other) => other.port === one.port && kindOf(other) === kind);
      const more = there.flatMap((other) => missing(other, one).map(demandWords));
      const which = [...new Set(more)].join('; ');
      return which === ''
        ? `${placeOf(one)} would not let in ${letIn[kind]} any more.`
        : `At ${placeOf(one).replace(/^Port/, 'port')} more would be asked of ${letIn[kind]} than now: ${which}.`;
    });
}

const missing = (asks: Admission, other: Admission): Demand[] =>
  asks.demands.filter(
    ({ kind, of }) => !other.demands.some((one) => one.kind === kind && one.of === of),
  );

/** A way in as it is met from another machine, and from the broker's own: there at its loopback address. */
function fromEachSide(one: Admission): { from: Cell['from']; way: Admission; one: Admission }[] {
  const near = { '0.0.0.0': '127.0.0.1', '::': '::1' }[one.address] ?? one.address;
  const here = { from: 'here' as const, way: { ...one, address: near }, one };
  return isLocalOnly(one.address) ? [here] : [{ from: 'network', way: one, one }, here];
}

function isAbout({ listener, who, from: side }: Cell, one: Admission, from: Cell['from']): boolean {
  if (side !== from || listener.port !== one.port || who !== kindOf(one)) return false;
  return listener.address === one.address || listener.address === '::(dual)';
}

function kindOf({ demands }: Admission): Who {
  const has = (kind: Demand['kind']) => demands.some((one) => one.kind === kind);
  if (has('password') || has('key')) return 'password';
  return has('plugin') ? 'plugin' : has('certificate') ? 'certificate' : 'anonymous';
}

const placeOf = ({ port, address }: Admission): string => (port === 0 ? address : `Port ${port}`);

function demandWords(demand: Demand): string {
  const { kind } = demand;
  const of = shownOf(demand);
  switch (kind) {
    case 'certificate':
      return `a certificate of ${of}`;
    case 'unrevoked':
      return `one that is not in the revocation list ${of}`;
    case 'rules':
      return `the rules of ${of}`;
    case 'nameless':
      return 'a name that is known, or none';
    case 'prefix':
      return `an id that begins with ${of}`;
    default:
      return `a ${kind === 'key' ? 'shared key' : kind === 'plugin' ? 'name' : 'password'} of ${of}`;
  }
}

/** What the choice for the plain port takes from it, or what is judged by who is let in. */
const chosen = /^(port|bind_address|bind_interface|socket_domain|(listener_)?allow_anonymous)$/;
const forEach = ['auto_id_prefix', 'allow_zero_length_clientid'];

/** Settings that are others then, at the listeners that are not ours, as far as anybody is let in there. */
function otherSettings(
  [now, was]: readonly [Configuration, OpenListener[]],
  [then, is]: readonly [Configuration, OpenListener[]],
  behaviour: Behaviour,
  { ports }: Goal,
): string[] {
  return was.flatMap((one) => {
    const socket = one.sockets.find(({ port }) => port !== ports.tls);
    if (!socket) return [];
    const other =
      is.find(({ sockets }) => sockets.some((each) => isSame(each, socket))) ??
      is.find(({ sockets }) => sockets.some(({ port }) => port > 0 && port === socket.port));
    if (!other || demandsAt(other, then.memory, behaviour).length === 0) return [];
    const [before, after] = [settingsOf(one, now), settingsOf(other, then)];
    return [...new Set([...before.keys(), ...after.keys()])]
      .filter((name) => before.get(name) !== after.get(name) && !chosen.test(name))
      .map(
        (name) =>
          `${placeOf({ ...socket, encrypted: false, demands: [] })}: ${name} would be ${valueShown(name, after.get(name))}, and is ${valueShown(name, before.get(name))} now.`,
      );
  });
}

const valueShown = (name: string, value: unknown): unknown =>
  value === undefined ? 'unset' : isSecret(name) ? hidden : value;

const isSame = (
  one: { port: number; address: string },
  other: { port: number; address: string },
): boolean => one.port === other.port && one.address === other.address;

/** What a listener is set to, for itself or by what holds for all. */
function settingsOf({ configured }: OpenListener, { memory }: Configuration): Map<string, unknown> {
  const security: Settings = (memory.perListener === null ? memory.security : configured.security)
    .settings;
  return new Map(
    [...configured.settings, ...[...security].filter(([name]) => forEach.includes(name))].map(
      ([name, { value }]) => [name, value],
    ),
  );
}

/** From 2.0.21 on a plugin that is loaded twice for all listeners keeps the broker from starting. */
function loadedTwice(now: Configuration, then: Configuration): string[] {
  if (now.memory.perListener === null || then.memory.perListener !== null) return [];
  const paths = then.memory.security.plugins.map(({ path }) => path);
  const twice = new Set(paths.filter((path, index) => paths.indexOf(path) !== index));
  return [...twice].map((path) => `The plugin ${path} would be loaded twice for all listeners.`);
}
