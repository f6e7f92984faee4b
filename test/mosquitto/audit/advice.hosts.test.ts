import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Advised } from '../../../src/mosquitto/audit/advice/finding.ts';
import { audit } from '../../../src/mosquitto/audit/audit.ts';
import { login, type Shown } from '../../end-to-end/access/knock/callers.ts';
import { joinNetwork, type Network } from '../../end-to-end/access/knock/network.ts';
import type { Socket } from '../../end-to-end/access/knock/sockets.ts';
import { lookAround } from '../../end-to-end/access/table.ts';
import { canMake, makeGoodFiles } from '../../end-to-end/corpus/named-files.ts';
import { keepDebian, place } from '../../end-to-end/corpus/placed.ts';
import { filesIn, follow, newcomers, stepsTo, type Tree } from '../../support/advice/following.ts';
import { isHere, trees } from '../../support/brokers/corpus-trees.ts';
import { main } from '../../support/brokers/reading.ts';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';

// Advice is followed on real brokers, and its clients try every door before and after. Of each kind of
// finding one in every test run, all in npm run advice, which takes most of an hour.

const full = process.env.LOCKSTEP_TEST_FULL === '1';
const most = full ? Number.POSITIVE_INFINITY : 1;
/** Where advice has a password file made. */
const passwords = '/etc/mosquitto/passwd';
/** How many hosts of a release stand side by side: each waits about half of its time. */
const lanes = full ? 2 : 1;

interface Followed {
  name: string;
  finding: Advised;
  before: Tree;
  after: Tree;
}

/** What is to be followed on one of the hosts; the same lines, whatever is said beside them, once. */
async function sample(version: string, lane: number): Promise<Followed[]> {
  const taken = new Map<string, number>();
  const known = new Set<string>();
  const all: Followed[] = [];
  for (const [name, tree] of trees()) {
    if (!canMake(bytesOf(tree).values()) || !tried(tree)) continue;
    const findings = await audit(filesIn(tree), main, version);
    for (const finding of findings) {
      const { id, edits } = finding;
      const count = taken.get(id) ?? 0;
      if (edits === null || count >= most) continue;
      taken.set(id, count + 1);
      const steps = stepsTo(finding, findings);
      const before = follow(
        tree,
        id.startsWith('does-not-load') ? [] : steps.slice(0, -edits.length),
      );
      const after = follow(tree, steps);
      const lines = linesOf(before) + linesOf(after);
      if (known.has(lines)) continue;
      known.add(lines);
      all.push({ name: `${id}: ${name}`, finding, before, after });
    }
  }
  return all.filter((_, index) => index % lanes === lane);
}

/** All that a broker reads. */
const linesOf = (tree: Tree): string =>
  JSON.stringify([...tree].map(([path, text]) => [path, text.replace(/^#.*\n|^\n/gm, '')]));

/** What the unit of a test host cannot run: a broker as root, files of other machines, ports for root. */
const tried = (tree: Tree): boolean =>
  ![...tree.values()].some((text) =>
    /\buser root|\{\{|bridge_|listener 0 |bind_interface/.test(text),
  );

const bytesOf = (tree: Tree): Map<string, Buffer> =>
  new Map(
    [...tree].map(([path, text]) => [
      path.replace('/etc/mosquitto/', ''),
      Buffer.from(text, 'latin1'),
    ]),
  );

const sides = (
  [
    ['bookworm', '2.0.11'],
    ['trixie', '2.0.21'],
    ['forky', '2.1.2'],
  ] as const
).flatMap(([suite, version]) =>
  Array.from({ length: lanes }, (_, lane) => ({
    ...{ suite, version, lane },
    where: full ? `${suite}, host ${lane + 1}` : suite,
  })),
);

(isHere ? onHosts.concurrent : describe.skip).each(sides)(
  'advice, followed on $where',
  limit,
  (side) => {
    const { suite, version, lane } = side;
    let host: TestHost;
    let network: Network;
    beforeAll(async () => {
      host = await bootHost({ suite, config: 'default' });
      await makeGoodFiles(host);
      await keepDebian(host);
      network = await joinNetwork(host);
    }, limit.timeout);
    afterAll(async () => {
      await network?.leave();
      await host?.close();
    });

    const whole = { timeout: full ? 4 * 3_600_000 : limit.timeout };
    test('lets in nobody whom the broker did not let in, and it starts', whole, async () => {
      const wrong: string[] = [];
      const seen = new Set<string>();
      for (const { name, finding, before, after } of await sample(version, lane)) {
        const written = (finding.edits ?? []).map(({ text }) => text).join('\n');
        const commands = finding.commands ?? [];
        // So that what the advice names is there, too, unless it tells how that is made.
        const named = commands.length > 0 ? '' : written;
        const files = new Map([...bytesOf(before), ['advice.txt', Buffer.from(named)]]);
        const placed = await place(host, { name, files, doors: [] });
        try {
          const then = await observed();
          for (const command of commands) await typed(command);
          for (const [path, bytes] of bytesOf(after))
            await host.writeFile(`/etc/mosquitto/${path}`, bytes);
          const now = await observed();
          if (then.runs && !now.runs) wrong.push(`${name}: does not start: ${finding.fix}`);
          for (const one of then.who) seen.add(one.split(' ').slice(2).join(' '));
          const come = then.runs ? newcomers(then.who, now.who) : [];
          const meant = finding.fix.includes('To let clients in there:');
          if (come.some((one) => !meant || /(anonymous|any-name)$/.test(one)))
            wrong.push(`${name}: lets in ${come.join('; ')}: ${finding.fix}`);
          if (commands.length > 0 && come.length === 0)
            wrong.push(`${name}: lets nobody in: ${finding.fix}`);
        } finally {
          await placed.remove();
          if (commands.length > 0) await host.succeed(['rm', '-f', passwords]);
        }
      }
      expect(wrong).toEqual([]);
      expect([...seen]).toEqual(expect.arrayContaining(['anonymous', 'password', 'certificate']));
    });

    /** As root types it, whose client is `login` with the password `secret`, which is asked for twice. */
    async function typed(command: string): Promise<void> {
      const line = command.replace('NAME', 'login');
      await host.succeed(['sh', '-c', `yes secret | head -n 2 | ${line}`]);
    }

    /** Starts the broker, which says when it is ready, and has everybody try each of its doors from both sides. */
    async function observed(): Promise<{ runs: boolean; who: string[] }> {
      const { code } = await host.exec(['sh', '-uc', start], { timeoutSeconds: 60 });
      if (code !== 0) return { runs: false, who: [] };
      const { seen } = await lookAround(network, clients());
      await host.succeed(['systemctl', 'stop', 'mosquitto']);
      const who = seen.flatMap(({ socket, tls, answers }) =>
        Object.entries(answers)
          .filter(([, { got }]) => got === 'accepted')
          .map(([id]) => `${socket.port} ${addressOf(socket)} ${calledBy(id, tls)}`),
      );
      return { runs: true, who: [...new Set(who)] };
    }

    function clients(): Shown {
      const good = (name: string) => `/proc/${host.leader()}/root/root/good/${name}`;
      const own = { certificate: good('somebody.crt'), key: good('somebody.key') };
      return {
        cafile: good('authority.crt'),
        clientId: 'advice',
        callers: [
          { id: 'anonymous' },
          { id: 'made-up', username: 'nobody-knows-me', password: 'wrong' },
          { id: 'password-alone', ...login },
          { id: 'certificate', ...own },
          { id: 'password', ...login, ...own },
        ],
      };
    }
  },
);

const addressOf = ({ address }: Socket): string =>
  ['*', '::(dual)'].includes(address) ? '::' : address;

const calledBy = (id: string, tls: boolean): string =>
  ({
    'made-up': 'any-name',
    'password-alone': 'password',
    password: tls ? 'certificate and password' : 'password',
  })[id] ?? id;

const start = `
systemctl stop mosquitto 2>/dev/null
systemctl reset-failed mosquitto
timeout 6 systemctl start mosquitto 2>/dev/null || { systemctl stop mosquitto; exit 1; }
`;
