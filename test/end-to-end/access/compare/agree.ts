import type { z } from 'zod';
import type { auditReport } from '../../../support/program/contract.ts';
import type { Kind } from '../knock/call.ts';
import { chosenByTheSystem, nameOf, placeOf } from '../knock/sockets.ts';
import type { Seen, Table } from '../table.ts';

export type Audit = z.infer<typeof auditReport>;
type Listener = Audit['listeners'][number];

/** Where the running broker is not as `audit` says, a sentence each. */
export function disagreements(audit: Audit, table: Table): string[] {
  if (!audit.loads) return [`AUDIT: it would not load, it says: ${audit.firstError}.`];
  const here = table.seen.filter(({ side }) => side === 'here');
  const claimed = audit.listeners.flatMap((listener) =>
    listener.addresses.map(placeOfListener(listener)),
  );
  const sockets = here.map(({ socket }) => placeOf(socket));
  return [
    ...difference(claimed, sockets).map((place) => `AUDIT: nothing listens at ${place}.`),
    ...difference(sockets, claimed).map((place) => `AUDIT: says nothing of ${place}.`),
    ...audit.listeners.flatMap((listener) =>
      here
        .filter(({ socket }) =>
          listener.addresses.map(placeOfListener(listener)).includes(placeOf(socket)),
        )
        .flatMap((seen) => differences(listener, seen)),
    ),
  ];
}

const difference = (some: string[], others: string[]): string[] =>
  some.filter((one) => !others.includes(one));

/** Port 0 that is no path is one that the system chose. */
const placeOfListener =
  ({ port }: Listener) =>
  (address: string): string =>
    placeOf({
      port: port === 0 && !address.startsWith('/') ? chosenByTheSystem : port,
      address: address === '::(dual)' ? '*' : address,
    });

function differences(listener: Listener, { socket, speaks, tls, answers }: Seen): string[] {
  const got = (...kinds: Kind[]) =>
    kinds.some((kind) => answers[kind]?.got === 'accepted') ? 'accepted' : 'refused';
  const { requiresClientCertificate: required } = listener;
  // As the audit means it: with a certificate of the listener's authority where one is required, or with a key.
  const shown: Kind[] = answers['shared-key']
    ? ['shared-key']
    : ['certificate', 'second-certificate', 'newcomer'];
  const anonymous = got(...(required || answers['shared-key'] ? shown : (['anonymous'] as const)));
  const told = {
    ...(speaks === 'unknown' || socket.port === 0 ? {} : { protocol: listener.protocol }),
    ...(speaks === 'unknown' ? {} : { tls: listener.tls }),
    // To 2.1's HTTP API nobody here can speak.
    ...(listener.protocol === 'unknown' ? {} : { anonymous: listener.anonymous }),
    ...(required ? { 'without a certificate': 'refused' } : {}),
  };
  const seen: Record<string, unknown> = {
    protocol: speaks,
    tls,
    anonymous,
    'without a certificate': got('anonymous'),
  };
  return Object.entries(told)
    .filter(([name, value]) => seen[name] !== value)
    .map(
      ([name, value]) => `AUDIT: ${nameOf(socket)} · ${name}: it says ${value}; met ${seen[name]}.`,
    );
}
