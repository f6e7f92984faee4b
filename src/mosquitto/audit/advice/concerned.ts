import { isIP } from 'node:net';
import {
  type Admission,
  type Demand,
  isMet,
  isNoHarder,
  isProof,
  isWithin,
  newlyIn,
} from '../../effective/admission.ts';
import { isLocalOnly } from '../../effective/sockets.ts';
import { listed } from './finding.ts';

/** Who is shut out by a change, who is let in, and whose rules are others, as sentences; none when nobody is concerned. */
export function consequences(before: readonly Admission[], after: readonly Admission[]): string[] {
  const [was, is] = [before.map(withoutRules), after.map(withoutRules)];
  const out = who(newlyIn(is, was), is);
  const come = who(newlyIn(was, is), []);
  return [
    ...(out.length > 0 ? [`Shut out from then on: ${out.join('; ')}.`] : []),
    ...(come.length > 0 ? [`Let in from then on: ${come.join('; ')}.`] : []),
    ...ruled(before, after),
  ];
}

/** Nobody is kept out by what decides what clients may do, once they are in. */
export const withoutRules = (one: Admission): Admission => ({
  ...one,
  demands: one.demands.filter(({ kind }) => kind !== 'rules'),
});

/** What decides from then on, for those who are let in at a listener, what they may do there. */
function ruled(before: readonly Admission[], after: readonly Admission[]): string[] {
  const places = new Map<string, string[]>();
  for (const one of after) {
    const was = before.filter((other) => samePort(one, other));
    for (const { kind, of } of one.demands) {
      if (kind !== 'rules' || was.length === 0) continue;
      if (was.some(({ demands }) => isMet({ kind, of }, demands))) continue;
      places.set(of, [...(places.get(of) ?? []), portWords(one)]);
    }
  }
  return [...places].map(
    ([of, at]) => `What ${pathOf(of)} allows holds from then on for clients at ${listed(at)}, too.`,
  );
}

/** The clients of some ways in, by where they come in; `instead` is what there is at the same listeners now. */
function who(these: readonly Admission[], instead: readonly Admission[]): string[] {
  const places = new Map<string, string[]>();
  for (const one of these) {
    const there = instead.filter((other) => samePort(one, other));
    const clients = concerned(one, there);
    // The same still come in, by another address.
    const still = there.filter((other) => isNoHarder(other, one));
    const local = still.some((other) => isLocalOnly(other.address) && isWithin(other, one));
    const partly =
      still.length === 0 ? '' : !isLocalOnly(one.address) && local ? ' from other machines' : null;
    const place = partly === null ? `${portWords(one)} on ${one.address}` : portWords(one);
    const group = `${clients}${partly ?? ''}`;
    places.set(group, [...(places.get(group) ?? []), place]);
  }
  return [...places].map(([clients, at]) => `${clients} at ${listed(at)}`);
}

function portWords({ port, address }: Admission): string {
  if (port !== 0) return `port ${port}`;
  return isIP(address) === 0 ? address : 'the port that the system chose';
}

const samePort = (one: Admission, other: Admission) =>
  one.port === other.port && (one.port !== 0 || one.address === other.address);

/** Whom it concerns that more is demanded: those who lack that, whichever way they could come in. */
function concerned(one: Admission, now: readonly Admission[]): string {
  const clients = clientsWith(one.demands);
  const harder = now
    .filter((other) => isWithin(one, other))
    .map((other) => ({
      tls: other.encrypted && !one.encrypted,
      more: other.demands.filter((each) => !isMet(each, one.demands)),
    }))
    .sort((some, others) => cost(some) - cost(others));
  const [first] = harder;
  if (first === undefined) return clients;
  const without = (what: string) =>
    clients === nameless ? `clients without ${what}` : `${clients}, but no ${bare(what)}`;
  const lacking = first.more.flatMap((each) =>
    // Who shows a name that was known is refused where it is not.
    each.kind === 'nameless' && one.demands.some(isLogin) ? [clients] : lackingOf(each, without),
  );
  if (first.tls) lacking.unshift(without('TLS'));
  if (first.more.some(isLogin)) {
    const logins = harder.flatMap(({ more }) => more.filter(isLogin).map(proofOf));
    const none = [...new Set(logins)].map(bare).join(' or no ');
    lacking.unshift(clients === nameless ? nameless : `${clients}, but no ${none}`);
  }
  return lacking.length > 0 ? listed(lacking) : clients;
}

const bare = (what: string): string => what.replace(/^an? /, '');
const isLogin = ({ kind }: Demand) => kind === 'password' || kind === 'plugin';
/** Who needs no other login needs less. */
const cost = ({ tls, more }: { tls: boolean; more: readonly Demand[] }) =>
  more.length + 10 * more.filter(isLogin).length + (tls ? 1 : 0);

/** Who does not satisfy a demand that is no login. */
function lackingOf({ kind, of }: Demand, without: (what: string) => string): string[] {
  if (kind === 'certificate' || kind === 'key') return [without(proofOf({ kind, of }))];
  if (kind === 'unrevoked') return ['clients whose certificate was revoked'];
  if (kind === 'nameless') return ['clients with a user name that is not known there'];
  if (kind === 'prefix') return [`clients whose id does not begin with ${of}`];
  return kind === 'name' ? ['clients without a user name'] : [];
}

function proofOf({ kind, of }: Demand): string {
  if (kind === 'certificate') return `a certificate of ${of || 'any authority'}`;
  if (kind === 'password') return `a password of ${of}`;
  return kind === 'plugin' ? `a name that ${pathOf(of)} knows` : 'a shared key';
}

/** `clients with a password and a certificate`. */
export function clientsWith(demands: readonly Demand[]): string {
  const proofs = demands.filter(isProof).map(proofOf);
  const others = demands.flatMap(({ kind, of }) => {
    if (kind === 'prefix') return [`an id that begins with ${of}`];
    return kind === 'name' ? ['any user name, without a password'] : [];
  });
  if (proofs.length === 0 && demands.every(({ kind }) => kind !== 'name'))
    return others.length === 0 ? nameless : `${nameless}, but with ${listed(others)}`;
  return `clients with ${listed([...proofs, ...others])}`;
}

/** A plugin without what it is given. */
const pathOf = (of: string): string => of.split('\n')[0] ?? '';

const nameless = 'clients without name and password';
