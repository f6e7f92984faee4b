import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLoss } from '../../src/mosquitto/access-table.ts';
import type { Layout } from '../../src/mosquitto/broker.ts';
import { candidateFor } from '../../src/mosquitto/candidate.ts';
import { effective } from '../../src/mosquitto/effective.ts';
import { type ConfigurationFiles, filesFrom, overlay } from '../../src/mosquitto/files.ts';
import { readConfiguration } from '../../src/mosquitto/read.ts';
import { type Door, doorsIn, kindsOfClient } from '../../src/mosquitto/who.ts';
import { defaultAnswers } from '../../src/steps/answers.ts';
import { goalOf } from '../../src/steps/goal.ts';
import { plainPortOf } from '../../src/steps/plain-door.ts';
import type { Setup } from '../../src/steps/setup.ts';
import { answersOf, corpusIsHere, filesOf, sets } from './corpus.ts';
import { main, versions } from './reading.ts';

const etc = '/etc/mosquitto';
const layout = {
  main,
  access: `${etc}/conf.d/access.conf`,
  certificates: `${etc}/certs`,
} as Layout;
const choices = ['refuse', 'loopback', 'remove', 'open'] as const;
type Choice = (typeof choices)[number];

/** What Harden would make of a configuration; null where it has to be told first which port is meant. */
async function hardened(files: ConfigurationFiles, version: string, plainListener: Choice) {
  const present = await readConfiguration(files, main, version);
  const answers = { ...defaultAnswers('x'), names: ['b'], plainListener, minimumTls: '1.2' };
  const written = await files.read(layout.access);
  const text = written && Buffer.from(written).toString('latin1');
  const look = { effective: effective(present, version) };
  const plainPort = plainPortOf(answers as Setup['answers'], look, text);
  if (typeof plainPort === 'object' && plainPort !== null) return null;
  const broker = { host: { kind: 'ssh' }, layout };
  const goal = goalOf({ answers, plainPort, broker } as unknown as Setup, present);
  const candidate = await candidateFor(goal, files, present, layout, version);
  return { goal, present, candidate };
}

/** Who gets in by a port at any address, judged apart from the table that is tested. */
function ways(doors: Door[], port: number, from: 'network' | 'here'): Set<string> {
  const reached = doors.filter(
    (door) => door.port === port && (from === 'here' || !/^(127\.|::1|\/)/.test(door.address)),
  );
  return new Set(
    reached.flatMap(({ lets, by }) =>
      kindsOfClient.flatMap((who) =>
        lets[who] ? [`${who} ${who === 'certificate' ? by[who] : ''}`] : [],
      ),
    ),
  );
}

/** The invariants: nobody new, whoever loses is told, and a second time changes nothing. */
async function holds(files: ConfigurationFiles, version: string, choice: Choice): Promise<boolean> {
  const once = await hardened(files, version, choice);
  if (once === null || once.candidate.shortfalls.length > 0) return false;
  const { goal, present, candidate } = once;
  const [before, after] = [present, candidate.configuration].map((one) => doorsIn(one, version));
  const ports = new Set([...(before ?? []), ...(after ?? [])].map(({ port }) => port));
  for (const port of ports)
    for (const from of ['network', 'here'] as const) {
      const [was, is] = [ways(before ?? [], port, from), ways(after ?? [], port, from)];
      for (const way of is)
        if (!was.has(way))
          expect([port, from, way]).toEqual([goal.ports.tls, from, `certificate ${goal.cafile}`]);
      const lost = candidate.access.filter((cell) => cell.listener.port === port && isLoss(cell));
      for (const way of was)
        if (!is.has(way)) expect(lost.map(({ who }) => who)).toContain(way.split(' ')[0]);
    }
  const changed = new Map(
    candidate.files.map(({ path, after }) => [path, Buffer.from(after, 'latin1')]),
  );
  const again = await hardened(overlay(files, changed), version, choice);
  expect(again?.candidate.shortfalls).toEqual([]);
  expect(again?.candidate.files).toEqual([]);
  expect(again?.candidate.access.filter(({ before, after }) => before !== after)).toEqual([]);
  return true;
}

describe.skipIf(!corpusIsHere)(
  'every configuration of the corpus that loads, with every choice',
  () => {
    test.each(sets)('%s: %s', { timeout: 180_000 }, async (set, truth) => {
      let [reached, refused] = [0, 0];
      for (const answer of answersOf(truth).filter(({ loads }) => loads))
        for (const choice of choices)
          if (await holds(filesOf(set, answer), answer.broker_version, choice)) reached += 1;
          else refused += 1;
      expect(reached).toBeGreaterThan(10);
      expect(refused / reached).toBeLessThan(0.02);
    });
  },
);

const tls = 'cafile /c/ca\ncertfile /c/crt\nkeyfile /c/key';
const block = fc
  .record({
    head: fc.constantFrom(
      ...['listener 1883', 'listener 1883 127.0.0.1', 'listener 1883 10.0.0.5', 'listener 1884'],
      ...[
        'listener 1884 10.0.0.5',
        'listener 1885 localhost',
        'listener 8883',
        'listener 8883 10.0.0.5',
      ],
      ...['listener 9001\nprotocol websockets', 'listener 0 /run/m.sock', `listener 8884\n${tls}`],
      ...[`listener 8883\n${tls}`, `listener 8883\n${tls}\nrequire_certificate true`],
      `listener 8883\n${tls}\nrequire_certificate true\nuse_identity_as_username true`,
    ),
    anonymous: fc.constantFrom('', 'allow_anonymous true', 'allow_anonymous false'),
    password: fc.constantFrom('', 'password_file /c/one', 'password_file /c/two'),
    more: fc.constantFrom(
      ...['', 'acl_file /c/acl', 'mount_point a/', 'max_connections 9'],
      'plugin /usr/lib/mosquitto_dynamic_security.so',
    ),
  })
  .map((one) => Object.values(one).filter(Boolean).join('\n'));
const configuration = fc
  .record({
    split: fc.constantFrom('', 'per_listener_settings true'),
    global: fc.constantFrom('', 'allow_anonymous true', 'allow_anonymous false', 'port 1883'),
    blocks: fc.uniqueArray(block, { maxLength: 4, selector: (one) => one.split('\n')[0] }),
  })
  .map(({ split, global, blocks }) => [split, global, ...blocks].filter(Boolean).join('\n'));

test('and generated ones: passwords, access lists, plugins, several addresses and protocols', {
  timeout: 180_000,
}, async () => {
  let reached = 0;
  await fc.assert(
    fc.asyncProperty(
      configuration,
      fc.constantFrom(...versions),
      fc.constantFrom(...choices),
      fc.constantFrom(main, layout.access),
      async (text, version, choice, where) => {
        const include = `include_dir ${etc}/conf.d\n`;
        const files =
          where === main
            ? filesFrom({ [main]: `${text}\n${include}`, [`${etc}/conf.d/README`]: '' })
            : filesFrom({ [main]: include, [where]: `${text}\n` });
        const present = await readConfiguration(files, main, version);
        if (effective(present, version).loads && (await holds(files, version, choice)))
          reached += 1;
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 1500) },
  );
  expect(reached).toBeGreaterThan(200);
});
