import type { Kind } from '../knock/call.ts';
import { callerId, sideId } from '../knock/ids.ts';
import type { Side } from '../knock/sockets.ts';
import type { Outcome } from './outcome.ts';
import { pairs } from './pairs.ts';

/**
 * Who came and loses is named, by id and at its port; of who stays it is not said that it loses. Nothing is to
 * be said where the log tells nothing.
 */
export function unseen(outcome: Outcome): string[] {
  const { noted } = outcome;
  if (!noted?.told || noted.notes.some((text) => silent.test(text))) return [];
  const named = byPort(noted.notes);
  const all = comers(outcome);
  // Who was seen since at the port for certificates, and stays there, has moved.
  const hasMoved = (one: Comer) =>
    all.some(
      ({ port, side, kind, stays }) =>
        stays === true && port === outcome.tlsPort && side === one.side && kind === one.kind,
    );
  return all.flatMap((one) => {
    const { port, side, kind, stays } = one;
    const id = callerId(sideId(noted.clientId, side), kind);
    const lines = (named.get(port) ?? []).filter((text) => text.startsWith(`${id} from `));
    const where = `${port} · ${id}`;
    if (stays === false && !hasMoved(one) && !lines.some((text) => loses.test(text)))
      return [
        `UNSEEN: ${where} came and loses; the plan says ${(lines.length > 0 ? lines : noted.notes).join('\n    ')}`,
      ];
    return stays === true && lines.some((text) => surely.test(text))
      ? [`SEEN WRONGLY: ${where} stays; the plan says ${lines[0]}.`]
      : [];
  });
}

const silent = /log does not tell who came before|^More came than are named here/;
const heading = /^(?:One client uses|\d+ clients use) port (\d+) /;
const loses = /: (will|may) (be refused|find nothing there)\b/;
const surely = /: will (be refused|find nothing there)\.$/;

function byPort(notes: readonly string[]): Map<number, string[]> {
  const ports = new Map<number, string[]>();
  let port = 0;
  for (const text of notes) {
    port = Number(heading.exec(text)?.[1] ?? port);
    ports.set(port, [...(ports.get(port) ?? []), text]);
  }
  return ports;
}

interface Comer {
  port: number;
  side: Side;
  kind: Kind;
  /** Whether it gets in afterwards at each address by which it came in; null where at some. */
  stays: boolean | null;
}

/** Everybody who was let in at a port, from each side. */
function comers(outcome: Outcome): Comer[] {
  const found = new Map<string, { one: Omit<Comer, 'stays'>; after: boolean[] }>();
  for (const { at, kind, before, after } of pairs(outcome)) {
    const { point, side } = at;
    const knocked = at.before.some(({ answers }) => answers[kind]?.got === 'accepted');
    // What a newcomer shows before is another's certificate; a path is no port.
    if (before.got !== 'accepted' || !knocked || kind === 'newcomer' || point.port.startsWith('/'))
      continue;
    const one = { port: Number(point.port), side, kind };
    const key = JSON.stringify(one);
    found.set(key, { one, after: [...(found.get(key)?.after ?? []), after.got === 'accepted'] });
  }
  return [...found.values()].map(({ one, after }) => ({
    ...one,
    stays: after.every(Boolean) || (after.some(Boolean) ? null : false),
  }));
}
