import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closesAll } from '../../../src/mosquitto/candidate/access.ts';
import {
  type ConfigurationFiles,
  filesFrom,
  overlay,
} from '../../../src/mosquitto/config/files/files.ts';
import { behaviourOf } from '../../../src/mosquitto/config/model/behaviour.ts';
import type { Configuration } from '../../../src/mosquitto/config/model/configuration.ts';
import { readConfiguration } from '../../../src/mosquitto/config/reader/read.ts';
import { isLoss } from '../../../src/mosquitto/effective/access-table.ts';
import {
  type Admission,
  admissions,
  isNoHarder,
  newlyIn,
} from '../../../src/mosquitto/effective/admission.ts';
import { effective } from '../../../src/mosquitto/effective/effective.ts';
import { kindsOfClient } from '../../../src/mosquitto/effective/listener.ts';
import { openListeners } from '../../../src/mosquitto/effective/listeners.ts';
import {
  type ListeningSocket,
  listeningSockets,
} from '../../../src/mosquitto/effective/listening-sockets.ts';
import { accessLines } from '../../../src/steps/access/access-lines.ts';
import { answersOf, corpusIsHere, filesOf, sets } from '../../support/brokers/corpus.ts';
import {
  type Choice,
  choices,
  etc,
  hardened,
  type Kept,
  layout,
} from '../../support/brokers/hardening.ts';
import { main, versions } from '../../support/brokers/reading.ts';

/** Who gets in by a port at any address, judged apart from the table that is tested. */
function ways(doors: ListeningSocket[], port: number, from: 'network' | 'here'): Set<string> {
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

/** Every way in with all that is asked for there, by the judge of the audit's advice, which knows no table. */
function waysIn({ memory }: Configuration, version: string): Admission[] {
  const behaviour = behaviourOf(version);
  const open = openListeners(memory, behaviour);
  if ('error' in open) throw new Error(open.error);
  return admissions(open, memory, behaviour, true);
}

/** Nobody comes in on less than before but by our certificate, and who needs more is in the table. */
function holdsForEachWay({ goal, present, candidate }: Hardened, version: string): void {
  const { tls } = goal.ports;
  const ours = ({ port, demands }: Admission) =>
    port === tls && demands.some(({ kind, of }) => kind === 'certificate' && of === goal.cafile);
  const asKept = (one: Admission): Admission => ({
    ...one,
    demands: one.demands.map((each) =>
      each.kind === 'certificate' && goal.keptAuthority
        ? { ...each, of: goal.keptAuthority }
        : each,
    ),
  });
  const [before, after] = [present, candidate.configuration].map((one) => waysIn(one, version)) as [
    Admission[],
    Admission[],
  ];
  const others = after.filter((one) => !ours(one));
  // Where our authority counts already, its holders are not let in on less, either.
  const known = goal.keptAuthority !== undefined || before.some(ours);
  const kept = known ? after.filter(ours).map(asKept) : [];
  // A name that is not known can be left away.
  const leftAway = before.map((one) => ({
    ...one,
    demands: one.demands.filter(({ kind }) => kind !== 'nameless'),
  }));
  // A program on the machine itself could come in by another of its addresses.
  const couldBefore = (one: Admission) =>
    /^(127\.|::1$)/.test(one.address) &&
    leftAway.some((other) => other.port === one.port && isNoHarder(other, one));
  const come = newlyIn(leftAway, [...others, ...kept]).filter((one) => !couldBefore(one));
  expect(come).toEqual([]);

  const near = before.map((one) => ({ ...one, address: nearest[one.address] ?? one.address }));
  const served = [...after, ...after.filter(ours).map(asKept)];
  for (const [from, was] of [['network', before.filter(isFar)] as const, ['here', near] as const]) {
    const losses = candidate.access.filter((cell) => isLoss(cell) && cell.from === from);
    const lost = new Set(losses.flatMap(({ listener }) => placesOf(listener, from)));
    const narrowed = newlyIn(served, was);
    expect(narrowed.filter((one) => !lost.has(placesOf(one, from).join()))).toEqual([]);
  }
}

/** By which address a program on the machine means a socket for all. */
const nearest: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
const placesOf = (
  { port, address }: Pick<Admission, 'port' | 'address'>,
  from: 'network' | 'here',
): string[] =>
  (address === '::(dual)' ? ['0.0.0.0', '::'] : [address]).map(
    (one) => `${port} ${(from === 'here' && nearest[one]) || one}`,
  );
const isFar = ({ address }: Admission): boolean => !/^(127\.|::1$|\/)/.test(address);

/** Everybody who loses has a line of the table, which says so; none of them says "as before". */
function isTold({ goal, candidate }: Hardened): void {
  const cells = candidate.access;
  const lines = accessLines({ cells, plain: goal.ports.plain, use: null, authorities: new Map() });
  for (const { listener, who, by, anyName, key, keyAlone } of cells.filter(isLoss)) {
    const place = listener.port === 0 ? listener.address : String(listener.port);
    const kinds = { plugin: 'names at the plugin', certificate: `certificates of ${by}` };
    const kind = anyName
      ? 'any other name'
      : keyAlone
        ? 'a shared key without a name and password'
        : key
          ? 'a shared key'
          : (kinds[who as 'plugin'] ?? who);
    const starts = ['', ' (websockets)'].map((spoken) => `${place}${spoken} · ${kind}`);
    const own = lines.filter(({ text }) => starts.some((start) => text.startsWith(start)));
    expect(own.map(({ text }) => text).join('\n')).toMatch(/from now on/);
    expect(own.every(({ warning }) => warning)).toBe(true);
  }
}

/**
 * A choice that leaves the plain port open to somebody changes nothing for other ports, where each has settings of
 * its own. (One word for all counts for all.)
 */
function leavesOthers({ goal, present, candidate }: Hardened): void {
  const { plain, tls } = goal.ports;
  if (plain === null || closesAll(goal) || present.memory.perListener === null) return;
  const lost = candidate.access.filter(
    (cell) => isLoss(cell) && cell.from === 'network' && ![plain, tls].includes(cell.listener.port),
  );
  expect(lost).toEqual([]);
}

type Hardened = NonNullable<Awaited<ReturnType<typeof hardened>>>;

/** A plain port that is left open first and closed later ends as one that is closed at once. */
async function closesLater(
  opened: ConfigurationFiles,
  files: ConfigurationFiles,
  version: string,
  otherTls: Kept,
): Promise<void> {
  const [at, later] = [
    await hardened(files, version, 'refuse', otherTls),
    await hardened(opened, version, 'refuse', otherTls),
  ];
  if (!at || at.candidate.shortfalls.length > 0) return;
  expect(later?.candidate.shortfalls).toEqual([]);
  const who = (one: Hardened | null) =>
    listeningSockets((one as Hardened).candidate.configuration, version)
      .map(({ port, address, lets }) => `${port} ${address} ${JSON.stringify(lets)}`)
      .sort();
  expect(who(later)).toEqual(who(at));
}

/** The invariants: nobody new, whoever loses is told, and a second time changes nothing. */
async function holds(
  files: ConfigurationFiles,
  version: string,
  choice: Choice,
  otherTls: Kept = 'close',
): Promise<boolean> {
  const once = await hardened(files, version, choice, otherTls);
  if (once === null || once.candidate.shortfalls.length > 0) return false;
  const { goal, present, candidate } = once;
  holdsForEachWay(once, version);
  isTold(once);
  leavesOthers(once);
  const [before, after] = [present, candidate.configuration].map((one) =>
    listeningSockets(one, version),
  );
  const ports = new Set([...(before ?? []), ...(after ?? [])].map(({ port }) => port));
  for (const port of ports)
    for (const from of ['network', 'here'] as const) {
      const [was, is] = [ways(before ?? [], port, from), ways(after ?? [], port, from)];
      for (const way of is)
        if (!was.has(way))
          expect([port, from, way]).toEqual([goal.ports.tls, from, `certificate ${goal.cafile}`]);
      const lost = candidate.access.filter((cell) => cell.listener.port === port && isLoss(cell));
      // Kept, it is under the name of both authorities' file; any name beside it is let in by it.
      const kept = `certificate ${goal.keptAuthority}`;
      const still = was.has(kept) && !was.has('anonymous ') ? [kept, 'password '] : [kept];
      for (const way of was)
        if (!is.has(way) && !still.includes(way))
          expect(lost.map(({ who }) => who)).toContain(way.split(' ')[0]);
    }
  const changed = new Map(
    candidate.files.map(({ path, after }) => [path, Buffer.from(after, 'latin1')]),
  );
  const again = await hardened(overlay(files, changed), version, choice, otherTls);
  expect(again?.candidate.shortfalls).toEqual([]);
  expect(again?.candidate.files).toEqual([]);
  expect(again?.candidate.access.filter(({ before, after }) => before !== after)).toEqual([]);
  if (choice === 'open') await closesLater(overlay(files, changed), files, version, otherTls);
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
      for (const answer of answersOf(truth).filter(({ loads }) => loads))
        await holds(filesOf(set, answer), answer.broker_version, 'refuse', 'keep');
      expect(reached).toBeGreaterThan(10);
      expect(refused / reached).toBeLessThan(0.02);
    });
  },
);

const tls = (authority: string) => `cafile /c/${authority}\ncertfile /c/crt\nkeyfile /c/key`;
const asks = 'require_certificate true';
const block = fc
  .record({
    head: fc.constantFrom(
      ...[
        'listener 1883',
        'listener 1883 127.0.0.1',
        'listener 1883 10.0.0.5',
        'listener 1883 ::1',
      ],
      ...['listener 1884', 'listener 1884 10.0.0.5', 'listener 1885 localhost', 'listener 8883'],
      ...['listener 8883 10.0.0.5', 'listener 0 /run/m.sock', 'listener 8885\npsk_hint x'],
      ...['listener 9001\nprotocol websockets', 'listener 9001 127.0.0.1\nprotocol websockets'],
      ...[`listener 8884\n${tls('a')}`, `listener 8884\n${tls('a')}\n${asks}`],
      `listener 8884\n${tls('a')}\n${asks}\ncrlfile /c/crl`,
      ...[`listener 8883\n${tls('a')}`, `listener 8883\n${tls('a')}\n${asks}`],
      `listener 8883 127.0.0.1\n${tls('a')}\n${asks}\nuse_identity_as_username true`,
      `listener 8883 10.0.0.5\n${tls('a')}\n${asks}\nuse_identity_as_username true`,
      `listener 8883 10.0.0.6\n${tls('b')}\n${asks}\nuse_subject_as_username true`,
    ),
    anonymous: fc.constantFrom('', 'allow_anonymous true', 'allow_anonymous false'),
    password: fc.constantFrom('', 'password_file /c/one', 'password_file /c/two'),
    more: fc.constantFrom(
      ...['', '', 'acl_file /c/acl', 'acl_file /c/acl2', 'mount_point a/', 'max_connections 9'],
      ...['use_username_as_clientid true', 'plugin /usr/lib/unknown.so'],
      'plugin /usr/lib/mosquitto_dynamic_security.so\nplugin_opt_config_file /d/1',
      'plugin /usr/lib/mosquitto_dynamic_security.so\nplugin_opt_config_file /d/2',
    ),
  })
  .map((one) => Object.values(one).filter(Boolean).join('\n'));
const include = `include_dir ${etc}/conf.d`;
const configuration = fc
  .record({
    split: fc.constantFrom('', 'per_listener_settings true'),
    global: fc.constantFrom(
      ...['', 'allow_anonymous true', 'allow_anonymous false', 'port 1883', 'bind_interface lo'],
      ...['bind_address 127.0.0.1\nallow_anonymous true', 'allow_anonymous true\nauto_id_prefix x'],
    ),
    blocks: fc.uniqueArray(block, { maxLength: 4, selector: (one) => one.split('\n')[0] }),
    /** How many of the lines stand above the one that includes the folder; more than there are: all. */
    above: fc.oneof(fc.constant(99), fc.nat(20)),
  })
  .map(({ split, global, blocks, above }) => {
    const lines = [split, global, ...blocks].filter(Boolean).join('\n').split('\n');
    return { lines: lines.filter(Boolean), above };
  });

test('and generated ones: passwords, access lists, plugins, several addresses and protocols', {
  timeout: 180_000,
}, async () => {
  let reached = 0;
  await fc.assert(
    fc.asyncProperty(
      configuration,
      fc.constantFrom(...versions),
      fc.constantFrom(...choices),
      fc.constantFrom('close' as const, 'keep' as const),
      fc.constantFrom(main, layout.access),
      fc.constantFrom(...choices),
      async ({ lines, above }, version, choice, otherTls, where, later) => {
        const whole = [...lines.slice(0, above), include, ...lines.slice(above)];
        const files =
          where === main
            ? filesFrom({ [main]: `${whole.join('\n')}\n`, [`${etc}/conf.d/README`]: '' })
            : filesFrom({ [main]: `${include}\n`, [where]: `${lines.join('\n')}\n` });
        const present = await readConfiguration(files, main, version);
        if (!effective(present, version).loads) return;
        if (!(await holds(files, version, choice, otherTls))) return;
        reached += 1;
        // And where somebody chooses otherwise the next time, with a list added to our listener.
        const once = await hardened(files, version, choice, otherTls);
        const changed = (once?.candidate.files ?? []).map(({ path, after }): [string, Buffer] => [
          path,
          Buffer.from(after.replace(/(cafile .*current.*\n)/, '$1crlfile /c/ours\n'), 'latin1'),
        ]);
        await holds(overlay(files, new Map(changed)), version, later);
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 1500) },
  );
  expect(reached).toBeGreaterThan(200);
});
