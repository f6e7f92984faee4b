import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootHost, type TestHost } from '../hosts/host.ts';
import { runEvents } from './contract.ts';
import { casesFor, type Door, few, isHere } from './corpus/answers.ts';
import { canMake, makeGoodFiles } from './corpus/named-files.ts';
import { keepDebian, type Placed, place } from './corpus/placed.ts';
import { refusals } from './corpus/refusals.ts';
import { leaveMessage, serving, told } from './corpus/serving.ts';
import { type Home, newHome, reaching } from './lockstep.ts';
import * as observe from './observer.ts';
import { limit, onHosts } from './on-hosts.ts';

// Configurations of other people come through a set-up and its undo unharmed, on real hosts, one after
// the other. Going through all takes an hour and a quarter (npm run corpus; a third of it with -- -t bookworm
// and so on); in every test run a few are tried.
const all = process.env.LOCKSTEP_TEST_FULL === '1';

(isHere ? onHosts : describe.skip).each(['bookworm', 'trixie', 'forky'] as const)(
  'configurations of others on %s',
  limit,
  (suite) => {
    let host: TestHost;
    let home: Home;
    let how: string[];
    const outcomes = new Map<string, number>();
    beforeAll(async () => {
      host = await bootHost({ suite, config: 'default' });
      await makeGoodFiles(host);
      await keepDebian(host);
      await host.succeed(['sh', '-euc', addresses]);
      home = await newHome();
      how = await reaching(host, home);
    }, limit.timeout);
    afterAll(async () => {
      for (const [outcome, count] of outcomes) console.log(`${suite}: ${count} ${outcome}`);
      await host?.close();
      await home?.remove();
    });

    const cases = casesFor(suite).filter((one) => canMake(one.files.values()));
    const tried = all ? cases : cases.filter(({ name }) => few[suite].includes(name));
    test.each(tried)('$name', async (one) => {
      const { doors, name } = one;
      const placed = await place(host, one);
      try {
        await host.succeed(['sh', '-euc', restart]);
        await leaveMessage(host, doors);
        await host.succeed(['sh', '-euc', restart]);
        const before = await stateOf(placed, doors);
        expect(before.serving).toMatchObject(told(doors));

        const outcome = await setUp(before, placed, doors);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        if (all) console.log(`${suite}, ${name}: ${outcome}`);

        expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
        const after = await stateOf(placed, doors);
        expect({ ...after, pid: 0 }).toEqual({ ...before, pid: 0 });
      } finally {
        await placed.remove();
      }
    });

    /** Everything that must be as it was afterwards; the process is another one after a restart. */
    async function stateOf({ named }: Placed, doors: Door[]) {
      const [service, tree, served] = await Promise.all([
        observe.service(host),
        observe.tree(host, named),
        serving(host, doors),
      ]);
      return { ...service, tree: tree.split('\n'), serving: served };
    }

    /** Secured and proved by other programs, or refused in known words and nothing touched. */
    async function setUp(
      before: Awaited<ReturnType<typeof stateOf>>,
      placed: Placed,
      doors: Door[],
    ): Promise<string> {
      const run = await home.run('run', ...how, '--json');
      const end = runEvents(run.stdout).at(-1);
      if (end?.event === 'end' && end.result === 'secured') {
        expect(run).toMatchObject({ code: 0, stderr: '' });
        expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
        const { sockets } = await serving(host, []);
        expect(sockets.filter(isAnother)).toEqual(before.serving.sockets.filter(isAnother));
        for (const { port, protocol, tls } of doors.filter(({ port }) => port !== 8883))
          if (protocol === 'mqtt' && !tls && port > 0)
            expect([port, await observe.anonymous(host, port)]).not.toEqual([port, 0]);
        return 'secured';
      }
      expect(run.stderr).toMatch(/\nLikely: .*\nNext: /s);
      expect(end).toMatchObject({ result: 'failed' });
      const refusal = refusals.find(({ says }) => says.test(run.stderr));
      expect(refusal, run.stderr).toBeDefined();
      const now = await stateOf(placed, doors);
      // The broker's certificate may be there already: nothing uses it.
      expect({ ...now, tree: now.tree.filter((line) => !delivered.test(line)) }).toEqual(before);
      if (refusal?.answer) await securedAfterAll(refusal.answer);
      return `refused, because ${refusal?.because}`;
    }

    /** With that answer, too, it is secured. */
    async function securedAfterAll(answer: string): Promise<void> {
      await using own = await newHome(); // what is answered here is remembered there only
      const file = join(own.folder, 'answers.yaml');
      await writeFile(file, answer);
      const run = await own.run('run', ...(await reaching(host, own)), '--answers', file);
      expect(run).toMatchObject({ code: 0 });
      expect(await observe.roundTrip(observe.mutual(host, own))).toBe(true);
    }
  },
);

/** Whether a socket is of a door that is none of the two. */
const isAnother = (socket: string): boolean => !/:(1883|8883)$/.test(socket);

const delivered = /\/(certs\/(release-\d{4}|current)|ca_certificates\/root_ca\.crt)/;

const restart = 'systemctl reset-failed mosquitto; systemctl restart mosquitto';

/** Addresses and a name that the configurations mean. */
const addresses = `
for address in 10.1.1.1 10.1.2.3 10.99.0.1 192.168.19.50; do ip address add $address/32 dev lo; done
echo 10.99.0.1 xiaoqiang >>/etc/hosts
`;
