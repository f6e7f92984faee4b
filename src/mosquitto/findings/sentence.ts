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
      said.push(`move ${linesOf(lines)} ${first.action === 'append' ? 'to ' : ''}${to(first)}`);
    else {
      left.push(...lines);
      const where = first.action === 'append' ? `at ${to(first)}` : to(first);
      said.push(`write ${listed(group.map(({ text }) => `"${text}"`))} ${where}`);
    }
  }
  for (const one of edits)
    if (one.action === 'replace') said.push(`change ${spoken(one)} to "${one.text}"`);
  if (left.length > 0) said.push(`remove ${linesOf(left)}`);
  return said.join('; ');
}

/** `FILE line 3 ("a"), line 4 ("b")`. */
function linesOf(edits: readonly Edit[]): string {
  const lines = edits.flatMap((one) => (one.action === 'append' ? [] : [one]));
  return lines
    .map((one, index) => {
      const again = lines[index - 1]?.file === one.file;
      return `${again ? `line ${one.line}` : spoken(one)} ("${one.text}")`;
    })
    .join(', ');
}

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
  if (one.action === 'append') return `the end of ${one.file}`;
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

/** The clients of some ways in, by where they come in; `instead` is what there is at the same doors now. */
function who(these: readonly Admission[], instead: readonly Admission[]): string[] {
  const doors = new Map<string, string[]>();
  for (const one of these) {
    const there = instead.filter((other) => samePort(one, other));
    const clients = concerned(
      one.demands,
      there.map(({ demands }) => demands),
    );
    // Others of the same kind still come in, by another address.
    const still = there.filter((other) => includesAll(one.demands, other.demands));
    const local = still.some(({ address }) => isLocalOnly(address));
    const partly =
      still.length === 0 ? '' : !isLocalOnly(one.address) && local ? ' from other machines' : null;
    const door = partly === null ? `${doorOf(one)} on ${one.address}` : doorOf(one);
    const group = `${clients}${partly ?? ''}`;
    doors.set(group, [...(doors.get(group) ?? []), door]);
  }
  return [...doors].map(([clients, at]) => `${clients} at ${listed(at)}`);
}

function doorOf({ port, address }: Admission): string {
  if (port !== 0) return `port ${port}`;
  return isIP(address) === 0 ? address : 'the port that the system chose';
}

/** Whom it concerns that what is demanded changed: those who lack what is demanded now. */
function concerned(demands: readonly Demand[], now: readonly (readonly Demand[])[]): string {
  const stricter = now.find((other) => includesAll(other, demands));
  const more = stricter?.filter(({ kind }) => !demands.some((one) => one.kind === kind)) ?? [];
  const kinds = more.map(({ kind }) => kind);
  if (kinds.includes('unrevoked')) return 'clients whose certificate was revoked';
  const clients = clientsWith(demands);
  if (!kinds.includes('certificate')) return clients;
  return clients === nameless ? 'clients without a certificate' : `${clients}, but no certificate`;
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
  return has.length === 0 ? nameless : `clients with ${listed(has)}`;
}

const nameless = 'clients without name and password';
