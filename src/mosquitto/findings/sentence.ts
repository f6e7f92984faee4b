import { isIP } from 'node:net';
import { type Admission, type Demand, newlyIn } from '../admission.ts';
import { isLocalOnly } from '../sockets.ts';
import type { Edit } from './edit.ts';
import { listed, spoken } from './finding.ts';

/** What edits do, as somebody would be told to do it: made from the edits, so that both say the same. */
export function instructions(edits: readonly Edit[]): string {
  const left = edits.filter((one) => one.action === 'remove');
  const said: string[] = [];
  for (const group of inserts(edits)) {
    const [first] = group;
    if (first === undefined) continue;
    const from = group.map(({ text }) => {
      const index = left.findIndex((one) => one.text === text);
      return index < 0 ? null : left.splice(index, 1)[0];
    });
    const lines = from.filter((one) => one != null);
    // What is taken away in one place and written in another is moved.
    if (lines.length === group.length)
      said.push(`move ${lines.map(quoted).join(', ')} ${to(first)}`);
    else {
      left.push(...lines);
      said.push(`write ${listed(group.map(({ text }) => `"${text}"`))} ${to(first)}`);
    }
  }
  for (const one of edits)
    if (one.action === 'replace') said.push(`change ${spoken(one)} to "${one.text}"`);
  if (left.length > 0) said.push(`remove ${left.map(quoted).join(', ')}`);
  return said.join('; ');
}

const quoted = (one: Edit): string =>
  one.action === 'append' ? one.file : `${spoken(one)} ("${one.text}")`;

/** Inserts at one place, in their order, are one thing to do. */
function inserts(edits: readonly Edit[]): Edit[][] {
  const groups = new Map<string, Edit[]>();
  for (const one of edits) {
    if (one.action === 'remove' || one.action === 'replace') continue;
    const key = to(one);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

function to(one: Edit): string {
  if (one.action === 'append') return `at the end of ${one.file}`;
  return `${one.action === 'insert-before' ? 'above' : 'below'} ${spoken(one)}`;
}

/** Who is shut out and who is let in by a change, as sentences; none when nobody is. */
export function consequences(before: readonly Admission[], after: readonly Admission[]): string[] {
  const out = who(newlyIn(after, before), after);
  const come = who(newlyIn(before, after), []);
  return [
    ...(out.length > 0 ? [`Shut out from then on: ${out.join('; ')}.`] : []),
    ...(come.length > 0 ? [`Let in from then on: ${come.join('; ')}.`] : []),
  ];
}

function who(these: readonly Admission[], instead: readonly Admission[]): string[] {
  const named = these.map((one) => {
    const there = instead.filter((other) => samePort(one, other));
    // The same clients, but no longer from everywhere, or only with something more.
    const local = there.some(
      (other) => isLocalOnly(other.address) && includesAll(one.demands, other.demands),
    );
    const more = there.find((other) => includesAll(other.demands, one.demands));
    const lacking = more?.demands.filter(({ kind }) => !one.demands.some((d) => d.kind === kind));
    const without = lacking?.length ? ` but ${lacking.map((d) => lack[d.kind]).join(' and ')}` : '';
    const where = one.port === 0 && isIP(one.address) === 0 ? one.address : `port ${one.port}`;
    const from = local && !isLocalOnly(one.address) ? ' from other machines' : '';
    return `${clientsWith(one.demands)}${without}${from} at ${where}`;
  });
  return [...new Set(named)];
}

const samePort = (one: Admission, other: Admission) =>
  one.port === other.port && (one.port !== 0 || one.address === other.address);

const includesAll = (all: readonly Demand[], some: readonly Demand[]) =>
  some.every(({ kind, of }) => all.some((one) => one.kind === kind && one.of === of));

/** `clients with a password and a certificate`. */
export function clientsWith(demands: readonly Demand[]): string {
  const has = demands.flatMap(({ kind, of }) => {
    if (kind === 'certificate') return [`a certificate of ${of || 'any authority'}`];
    if (kind === 'password') return [`a password of ${of}`];
    if (kind === 'plugin') return [`a name that ${of} knows`];
    return kind === 'key' ? ['a shared key'] : [];
  });
  return has.length === 0 ? 'clients without name and password' : `clients with ${listed(has)}`;
}

const lack: Record<Demand['kind'], string> = {
  certificate: 'without a certificate',
  unrevoked: 'with one that was revoked',
  password: 'without a password',
  plugin: 'without a name that the plugin knows',
  key: 'without a shared key',
  prefix: 'without the prefix in their id',
  rules: 'with rights beyond the access list',
};
