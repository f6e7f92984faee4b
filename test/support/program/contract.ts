import { z } from 'zod';

// The contract of the JSON that scripts rely on (the design's "The command line"): names, values,
// and nothing besides. A field that is added shows here, and is a decision.

const ids = ['inspect', 'anonymous', 'authority', 'certificates', 'distribute', 'harden', 'verify'];
/** `unknown`: it listens, but nobody can speak MQTT to it (2.1's `protocol http_api`). */
const protocol = z.enum(['mqtt', 'websockets', 'unix', 'unknown']);
const step = z.enum(ids);
const place = { step, host: z.string().min(1) };
const file = {
  path: z.string().startsWith('/'),
  owner: z
    .string()
    .regex(/^\w+:\w+$/)
    .optional(),
  mode: z
    .string()
    .regex(/^0[0-7]{3}$/)
    .optional(),
};
/** A name of the broker, who says so, and whether it is in its certificate. */
const name = z.strictObject({
  name: z.string().min(1),
  from: z.enum(['given', 'reached', 'loopback', 'host']),
  signed: z.boolean(),
});
const seen = {
  id: z.string().min(1),
  expect: z.enum(['accepted', 'refused']),
  observed: z.enum(['accepted', 'refused', 'unreachable']),
  cause: z.string().min(1).nullable(),
  pass: z.boolean(),
  /** From where it was seen: `here`, `the broker's own machine`, a client's machine. */
  from: z.string().min(1).optional(),
};
const changes = (event: 'change' | 'planned') => [
  z.strictObject({
    event: z.literal(event),
    ...place,
    ...file,
    action: z.enum(['create', 'replace', 'remove']),
    /** Of the broker's certificate. */
    names: z.array(name).min(1).optional(),
  }),
  z.strictObject({
    event: z.literal(event),
    ...place,
    command: z.string().min(1),
    action: z.enum(['restart', 'run']),
  }),
];

const who = z.enum(['anonymous', 'password', 'certificate', 'plugin']);
const met = z.enum(['accepted', 'refused', 'absent']);

/** One line of `run --json`. */
export const runEvent = z.union([
  z.strictObject({
    event: z.literal('step'),
    step,
    status: z.enum(['running', 'done', 'failed', 'skipped']),
    detail: z.string().min(1),
  }),
  ...changes('change'),
  ...changes('planned'),
  z.strictObject({ event: z.literal('evidence'), step, ...seen }),
  z.strictObject({ event: z.enum(['note', 'progress']), step, text: z.string().min(1) }),
  z.strictObject({
    event: z.literal('access'),
    listener: z.strictObject({
      port: z.int().nonnegative(),
      address: z.string().min(1),
      protocol,
    }),
    who,
    from: z.enum(['network', 'here']),
    before: met,
    after: met,
  }),
  z.strictObject({
    event: z.literal('end'),
    result: z.enum(['secured', 'unchanged', 'failed', 'rolled-back', 'partial']),
    seconds: z.number().positive(),
    /** What stays open by choice. */
    open: z
      .array(z.strictObject({ port: z.int().nonnegative(), address: z.string().min(1), who }))
      .optional(),
  }),
]);

/** `verify --json`. */
export const verification = z.strictObject({
  broker: z.string().min(1),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  checks: z.array(z.strictObject(seen)).min(1),
  passed: z.int().nonnegative(),
  failed: z.int().nonnegative(),
});

const finding = z.strictObject({
  id: z.string().min(1),
  severity: z.enum(['critical', 'warning', 'note']),
  file: z.string(),
  line: z.int().nonnegative(),
  message: z.string().min(1),
  fix: z.string().min(1),
});

/** `status --json`. */
export const statusReport = z.strictObject({
  site: z.string().min(1),
  steps: z
    .array(
      z.strictObject({
        id: step,
        status: z.enum(['done', 'todo', 'blocked', 'drifted']),
        detail: z.string().min(1),
        notes: z.array(z.string().min(1)).optional(),
      }),
    )
    .length(7),
  expires: z.array(z.strictObject({ what: z.string(), at: z.iso.datetime(), days: z.int() })),
  findings: z.array(finding),
  operator: z.string().min(1).nullable(),
  waiting: z
    .strictObject({ who: z.string().min(1), secondsLeft: z.int(), overdue: z.boolean() })
    .nullable(),
});

/** `audit --json`. */
export const auditReport = z.strictObject({
  loads: z.boolean(),
  firstError: z.string().nullable(),
  listeners: z.array(
    z.strictObject({
      port: z.int().nonnegative(),
      addresses: z.array(z.string()).min(1),
      protocol,
      tls: z.boolean(),
      requiresClientCertificate: z.boolean(),
      minimumTls: z.string().nullable(),
      anonymous: z.enum(['accepted', 'refused']),
    }),
  ),
  findings: z.array(finding),
});

/** `undo --json`; `would-restore` with `--dry-run`. */
export const undone = z.strictObject({
  result: z.enum(['restored', 'would-restore', 'nothing-to-undo']),
  restored: z.array(z.string()),
  removed: z.array(z.string()),
  left: z.array(z.string()),
  /** What was changed since the set-up, if anything; kept beside where the undo is done. */
  later: z.array(z.strictObject({ path: z.string(), kept: z.string().optional() })).optional(),
  ran: z.boolean().nullable(),
});

/** Reads the lines of `run --json`; throws where one is not of the contract. */
export const runEvents = (stdout: string): z.infer<typeof runEvent>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => runEvent.parse(JSON.parse(line)));
