import type {
  LedgerClient,
  PlainClient,
  PlainLedger,
  PlainLook,
  PlainUse,
} from '../contract/plain-clients.ts';

/** So many are remembered, the last ones to be seen. */
export const ledgerLimit = 100;

/** The ledger with what was seen now; who has moved to the TLS port is struck out. */
export function recorded(old: PlainLedger | undefined, look: PlainLook): PlainLedger {
  const all = new Map((old?.clients ?? []).map((one) => [ledgerKey(one), one]));
  for (const one of called(look, old)) {
    const { clientId, address, user, endpoint } = one;
    const lastSeen = one.lastSeen?.toISOString() ?? null;
    const entry = { clientId, address, user, lastSeen, endpoint };
    const before = all.get(ledgerKey(entry))?.lastSeen ?? null;
    if (before === null || (entry.lastSeen ?? '') >= before) all.set(ledgerKey(entry), entry);
  }
  const here = connectedNow(look, old);
  const clients = [...all.values()]
    .filter(
      (one) =>
        !hasMoved(
          { ...one, lastSeen: dateOf(one.lastSeen), connected: here.has(ledgerKey(one)) },
          look.tlsClients,
        ),
    )
    .sort((a, b) => (b.lastSeen ?? '').localeCompare(a.lastSeen ?? ''))
    .slice(0, ledgerLimit);
  return { since: completeSince(old, look), until: look.at.toISOString(), clients };
}

/** Seen at the TLS port later than at the plain one, with the same client id: it has moved. */
export function hasMoved(
  { clientId, lastSeen, connected }: Pick<PlainClient, 'clientId' | 'lastSeen' | 'connected'>,
  tlsClients: Map<string, Date>,
): boolean {
  const there = clientId === null ? undefined : tlsClients.get(clientId);
  return !connected && there !== undefined && lastSeen !== null && there > lastSeen;
}

/** Everybody of the ledger, with who is connected now. */
export function everybodyIn(
  ledger: PlainLedger,
  look: PlainLook,
  fateOf: (one: LedgerClient) => PlainClient['fate'],
): PlainUse {
  const here = connectedNow(look, ledger);
  return {
    clients: ledger.clients.map((one) => ({
      ...one,
      lastSeen: dateOf(one.lastSeen),
      connected: here.has(ledgerKey(one)),
      fate: fateOf(one),
    })),
    since: dateOf(ledger.since),
    ...(look.others ? { others: look.others } : {}),
    untold: look.untold,
    ...(look.more ? { more: true } : {}),
    at: look.at,
  };
}

/** Where the log does not reach back to the last look, somebody may have come in between. */
function completeSince(old: PlainLedger | undefined, { since, at }: PlainLook): string | null {
  const told = since?.toISOString() ?? null;
  if (!old?.since) return told;
  if (told === null) return null;
  return told <= old.until && old.until <= at.toISOString() && old.since < told ? old.since : told;
}

/** Who is connected, but in no log any more, is told by a connection that was seen before. */
function called({ clients }: PlainLook, old: PlainLedger | undefined): PlainClient[] {
  const known = new Map(
    (old?.clients ?? []).flatMap((one) =>
      one.endpoint === null ? [] : [[one.endpoint, one] as const],
    ),
  );
  return clients.map((one) => {
    const before = one.clientId === null && one.endpoint ? known.get(one.endpoint) : undefined;
    return before ? { ...one, clientId: before.clientId, user: before.user } : one;
  });
}

const connectedNow = (look: PlainLook, old: PlainLedger | undefined): Set<string> =>
  new Set(
    called(look, old)
      .filter((one) => one.connected)
      .map(ledgerKey),
  );

const ledgerKey = ({
  clientId,
  address,
  user,
}: Pick<LedgerClient, 'clientId' | 'address' | 'user'>): string =>
  JSON.stringify(clientId === null ? [null, address, user] : [clientId]);

const dateOf = (iso: string | null): Date | null => (iso === null ? null : new Date(iso));
