import type { Listener } from '../mosquitto/effective.ts';
import { doorId, doorsOf, opensToAll } from './door-proofs.ts';
import type { Evidence } from './step.ts';

/** A listener that somebody gets in by, besides the holders of our certificates. */
export interface OpenDoor {
  port: number;
  address: string;
  who: 'anonymous' | 'password' | 'certificate' | 'plugin';
}

/**
 * What stays open, by what was seen and where nothing was, by what the configuration says. `ours` is the file
 * of our authority as the broker has it: a listener that takes its certificates only is not open.
 * `plugins` tells whether a plugin looks at names and passwords of a listener.
 */
export function openDoors(
  evidence: readonly Pick<Evidence, 'id' | 'observed'>[],
  listeners: readonly Listener[],
  { ours, plugins = () => false }: { ours: string; plugins?: (listener: Listener) => boolean },
): OpenDoor[] {
  const seen = new Map(evidence.map(({ id, observed }) => [id, observed]));
  return listeners.flatMap((listener) => {
    const known = whoIsKnown(listener, ours, plugins(listener));
    return doorsOf(listener).flatMap((door) => {
      const observed = seen.get(doorId(door, 'anonymous')) ?? 'unreachable';
      const everybody =
        observed === 'accepted' || (observed === 'unreachable' && opensToAll(listener));
      const impostor = seen.get(doorId(door, 'password')) === 'accepted';
      const who: OpenDoor['who'][] = everybody || impostor ? ['anonymous', ...known] : known;
      const { port } = listener;
      const address = door.address ?? listener.addresses[0] ?? '';
      return who.map((one) => ({ port, address, who: one }));
    });
  });
}

/** Who gets in by something to show. */
function whoIsKnown(listener: Listener, ours: string, plugin: boolean): OpenDoor['who'][] {
  const { settings, requiresClientCertificate, tls, minimumTls } = listener;
  if (tls && minimumTls === null) return [];
  const byName = settings.useIdentityAsUsername || settings.useSubjectAsUsername;
  if (requiresClientCertificate && settings.cafile === ours && settings.capath === undefined)
    return [];
  if (requiresClientCertificate) return ['certificate'];
  if (tls && byName) return [];
  return [
    ...(settings.passwordFile === undefined ? [] : ['password' as const]),
    ...(plugin ? ['plugin' as const] : []),
  ];
}
