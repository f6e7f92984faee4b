import { Trouble } from '../../errors/trouble.ts';
import { plainPortIn } from '../../mosquitto/candidate/access.ts';
import type { Look } from '../../mosquitto/inspection/look.ts';
import type { PlainPort, Setup } from '../contract/setup.ts';

/**
 * The port at which a broker speaks MQTT without TLS: the one that was asked for where something
 * listens there, else the one that access.conf was written for, else the only one there is. Those that
 * speak websockets count where there is no other.
 */
export function plainPortOf(
  { ports }: Setup['answers'],
  { effective }: Pick<Look, 'effective'>,
  accessConf: string | null,
): PlainPort {
  const plain = effective.listeners.filter(
    ({ port, tls, protocol }) =>
      port > 0 && port !== ports.tls && !tls && (protocol === 'mqtt' || protocol === 'websockets'),
  );
  if (plain.some(({ port }) => port === ports.plain)) return ports.plain;
  const written = accessConf === null ? undefined : plainPortIn(accessConf);
  if (written !== undefined) return written;
  const mqtt = plain.filter(({ protocol }) => protocol === 'mqtt');
  const candidates = [...new Set((mqtt.length > 0 ? mqtt : plain).map(({ port }) => port))];
  const [first = null, ...more] = candidates;
  return more.length === 0 ? first : { oneOf: candidates };
}

/** Finds it, and keeps it for this session. */
export async function findPlainPort(setup: Setup, look: Look): Promise<void> {
  const bytes = await look.files.read(setup.broker.layout.access);
  const text = bytes === null ? null : Buffer.from(bytes).toString('latin1');
  setup.listeners = look.effective.listeners;
  setup.plainPort = plainPortOf(setup.answers, look, text);
}

/** The plain port; null where there is none. Throws a Trouble where it has to be chosen first. */
export function plainPort(setup: Setup): number | null {
  const { plainPort: found = setup.answers.ports.plain } = setup;
  if (typeof found === 'object' && found !== null) throw whichPlainPort(setup);
  return found;
}

export function whichPlainPort({ plainPort: found, answers }: Setup): Trouble {
  const several = typeof found === 'object' && found !== null ? found.oneOf : [];
  return new Trouble('This broker has several ports without TLS.', {
    likely: `Nothing listens on port ${answers.ports.plain}, but on ${several.join(', ')}.`,
    next: `Say which of them devices use (ports: {plain: ${several[0]}} in the answers, or in Harden). Nothing was changed.`,
  });
}
