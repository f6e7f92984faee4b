import { createHash } from 'node:crypto';
import * as z from 'zod';
import { shownWidth } from '../../src/mosquitto/clients/connection-log.ts';
import { usableNames } from '../../src/pki/x509/san.ts';
import { type Answers, answersSchema } from '../../src/steps/answers/answers.ts';
import { stepIds } from '../../src/steps/contract/ids.ts';
import { ledgerLimit } from '../../src/steps/plain-port/ledger.ts';
import { brokerKey } from '../../src/steps/reach/broker-key.ts';
import { clean } from '../../src/text/clean.ts';

/** The version of what is remembered. A record with a higher one is a newer Lockstep's: hands off. */
export const siteVersion = 1;

/** So many entries of the journal are kept, the last ones. */
export const journalLimit = 200;

/** What an id may look like: it is a file name on every system and never leaves its folder. */
export const idPattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;

const entrySchema = z.object({
  at: z.iso.datetime(),
  step: z.enum(stepIds),
  text: z.string().transform((text) => clean(text)),
});

const shown = z.string().transform((text) => clean(text, shownWidth));

/** Who came by a plain port that is left open while devices move. */
const plainPortSchema = z.object({
  since: z.iso.datetime().nullable(),
  until: z.iso.datetime(),
  clients: z
    .array(
      z.object({
        clientId: shown.nullable(),
        address: shown,
        user: shown.nullable(),
        lastSeen: z.iso.datetime().nullable(),
        endpoint: shown.nullable(),
      }),
    )
    .transform((clients) => clients.slice(0, ledgerLimit)),
});

/**
 * What is remembered about a site: answers, hints and a journal. Whether a step is done is never in
 * it, that is asked of the hosts; nor is anything secret: keys that are not named here are dropped
 * when a record is read and when it is written.
 *
 * Reading is tolerant where it costs nothing: an unknown step is the first one, an entry of the
 * journal that makes no sense is left out.
 */
export const siteSchema = z.object({
  schema: z.literal(siteVersion),
  id: z.string().max(80).regex(idPattern),
  answers: z.preprocess(asKnownNow, answersSchema),
  step: z.enum(stepIds).catch('inspect'),
  seen: z
    .object({
      anonymousMessage: z.iso.datetime().optional(),
      anonymousTried: z.iso.datetime().optional(),
      plainPort: plainPortSchema.optional().catch(undefined),
    })
    .catch({}),
  updated: z.iso.datetime(),
  journal: z
    .array(z.unknown())
    .catch([])
    .transform((entries) =>
      entries
        .slice(-journalLimit)
        .map((entry) => entrySchema.safeParse(entry))
        .flatMap((read) => (read.success ? [read.data] : [])),
    ),
});

export type Site = z.infer<typeof siteSchema>;
export type JournalEntry = z.infer<typeof entrySchema>;

/** A site nothing has been done on yet. */
export function newSite(answers: Answers, now: Date): Site {
  return {
    schema: siteVersion,
    id: siteId(answers.broker),
    answers,
    step: 'inspect',
    seen: {},
    updated: now.toISOString(),
    journal: [],
  };
}

/** The site with one more entry in its journal; the oldest goes when it is full. */
export function journalled(site: Site, entry: JournalEntry): Site {
  return { ...site, journal: [...site.journal, entry].slice(-journalLimit), updated: entry.at };
}

/**
 * The id of a site, from how its broker is reached: `practice`, `local`, or `[user@]host[:port]`.
 * Always the same for the same broker, and readable: the address made safe for a file name, with a
 * part of its SHA-256. The user counts (a log-in name can decide which machine answers), the spelling
 * of the host does not.
 */
export function siteId(broker: string): string {
  const address = brokerKey(broker);
  if (address === 'practice' || address === 'local') return address;
  const digest = createHash('sha256').update(address).digest('hex').slice(0, 12);
  const words = address.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const readable = words.join('-').slice(0, 40).replace(/-$/, '');
  return readable === '' ? digest : `${readable}-${digest}`;
}

/** What a reading of bytes from a store came to. */
export type Decoded<T> =
  | { kind: 'good'; value: T }
  | { kind: 'newer' }
  | { kind: 'bad'; why: string };

/** Reads a value that was stored as JSON with a `schema` number beside it. */
export function decode<T>(bytes: Uint8Array, type: z.ZodType<T>): Decoded<T> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return { kind: 'bad', why: bytes.length === 0 ? 'it is empty' : 'it is damaged' };
  }
  const version = z.object({ schema: z.int() }).safeParse(json);
  if (version.success && version.data.schema > siteVersion) return { kind: 'newer' };
  const read = type.safeParse(json);
  if (read.success) return { kind: 'good', value: read.data };
  const where = read.error.issues[0]?.path.join('.') || 'the whole';
  return { kind: 'bad', why: clean(`${where} makes no sense`, 100) };
}

/**
 * Answers without the keys, and the names of the broker, that this version does not take. The answers file is
 * strict, because a misspelt word there must be told; here one of another version must not cost the other answers.
 */
function asKnownNow(given: unknown): unknown {
  return withoutUnknownKeys(withUsableNames(given));
}

function withUsableNames(given: unknown): unknown {
  const read = z.looseObject({ names: z.array(z.string()) }).safeParse(given);
  if (!read.success) return given;
  const { names, ...rest } = read.data;
  const usable = usableNames(names);
  return usable.length === 0 ? rest : { ...rest, names: usable };
}

function withoutUnknownKeys(given: unknown): unknown {
  const read = answersSchema.safeParse(given);
  const unknown = read.error?.issues.filter((issue) => issue.code === 'unrecognized_keys') ?? [];
  if (unknown.length === 0) return given;
  const copy = structuredClone(given);
  for (const { path, keys } of unknown) {
    // The path leads through objects and arrays that are there: zod has just walked it.
    const holder = path.reduce<unknown>((value, key) => (value as never)[key], copy);
    for (const key of keys) delete (holder as Record<string, unknown>)[key];
  }
  return copy;
}
