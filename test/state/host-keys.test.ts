import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { HostError } from '../../src/errors/host-error.ts';
import type { HostKeyInfo } from '../../src/host/ssh/login/ask.ts';
import type { Answers } from '../../src/steps/answers/answers.ts';
import { connect, type Reaching, type Surroundings } from '../../state/open/reach.ts';
import {
  type Client,
  keygen,
  makeClient,
  me,
  noSshd,
  type Sshd,
  startSshd,
  withFile,
} from '../support/ssh/sshd.ts';

vi.setConfig({ testTimeout: 60_000 });

// The machines of a run: the broker's, a client's, and one who sits before the client's and has the broker's host key.
const later = withFile();
let owner: Client;
let [broker, shed, impostor]: Sshd[] = [];

const fingerprintOf = (path: string) => keygen('-lf', `${path}.pub`).split(' ')[1] ?? '';
const at = (sshd: Sshd | undefined) => `${me}@127.0.0.1:${sshd?.port}`;
const keyOf = (sshd: Sshd | undefined) => fingerprintOf(sshd?.hostKey('ed25519') ?? '');

/** Logs in to machines, one after the other, in a run that is given these words; tells which key was refused, and why. */
async function run(
  given: { keys: string[]; isNew?: boolean; for?: string; answer?: 'accept'; broker?: string },
  targets: readonly string[],
) {
  const home = await makeClient();
  const asked: HostKeyInfo[] = [];
  const hostKey = async (info: HostKeyInfo) => {
    asked.push(info);
    return given.answer ?? ('refuse' as const);
  };
  await writeFile(
    join(home.home, '.ssh/config'),
    [
      'Host inner',
      `  HostName 127.0.0.1`,
      `  Port ${shed?.port}`,
      `  ProxyJump ${at(broker)}`,
      'Host *',
      `  User ${me}`,
      `  IdentityFile ${owner.key}`,
      '  IdentitiesOnly yes',
      '  HashKnownHosts no',
      `  UserKnownHostsFile ${home.knownHosts}`,
    ].join('\n'),
  );
  const around = {
    home: home.home,
    accountHome: '/nonexistent',
    user: me,
    environment: { PATH: process.env.PATH },
  } as unknown as Surroundings;
  const reaching: Reaching = {
    acceptHostKey: given.keys,
    ...(given.for !== undefined && { acceptHostKeyFor: given.for }),
    acceptNewHostKey: given.isNew ?? false,
    asks: given.answer ? ({ hostKey } as Reaching['asks']) : ({} as Reaching['asks']),
    doing: () => {},
    signal: () => undefined,
  };
  const answers = { broker: given.broker ?? at(broker) } as Answers;
  const troubles: (HostError | null)[] = [];
  for (const target of targets) {
    const host = await connect(target, answers, around, reaching).catch((error) => error);
    troubles.push(host instanceof Error ? (host as HostError) : null);
    await host.close?.();
  }
  const known = await readFile(home.knownHosts, 'utf8').catch(() => '');
  const knows = [broker, shed, impostor].map((one) => known.includes(`:${one?.port} `));
  return { troubles, asked, knows };
}

describe.skipIf(noSshd)('the host keys of a run (needs OpenSSH)', () => {
  beforeAll(async () => {
    owner = await makeClient('ed25519', later);
    const authorized = [`${owner.key}.pub`];
    broker = await startSshd({ authorized, hostKeys: ['ed25519', 'ecdsa'] }, later);
    shed = await startSshd({ authorized }, later);
    const stolen = ['ed25519', 'ecdsa'] as const;
    const config = stolen.map((kind) => `HostKey ${broker?.hostKey(kind)}`);
    impostor = await startSshd({ authorized, hostKeys: [], config }, later);
  });

  /** Everything that may be given where the broker's fingerprint is, and another machine shows that key. */
  const given: [string, () => Parameters<typeof run>[0]][] = [
    ["the broker's", () => ({ keys: [keyOf(broker)] })],
    [
      "the broker's, of both its keys",
      () => ({
        keys: [keyOf(broker), fingerprintOf(broker?.hostKey('ecdsa') ?? '')],
      }),
    ],
    ["the broker's and the client's", () => ({ keys: [keyOf(broker), keyOf(shed)] })],
    ["the client's and the broker's", () => ({ keys: [keyOf(shed), keyOf(broker)] })],
    [
      'each with its machine',
      () => ({
        keys: [`${at(broker)}=${keyOf(broker)}`, `${at(impostor)}=${keyOf(shed)}`],
      }),
    ],
    [
      'that of the client with its machine',
      () => ({
        keys: [keyOf(broker), `${at(impostor)}=${keyOf(shed)}`],
      }),
    ],
    ["the client's alone", () => ({ keys: [`${at(impostor)}=${keyOf(shed)}`] })],
    ['and new ones may be taken', () => ({ keys: [keyOf(broker)], isNew: true })],
    ['and somebody would accept', () => ({ keys: [keyOf(broker)], answer: 'accept' as const })],
    ['for a broker that was chosen before', () => ({ keys: [keyOf(broker)], for: at(broker) })],
  ];
  test.each(given)("who shows the broker's key as a client's is refused: %s", async (_, words) => {
    for (const first of [[], [at(broker)]]) {
      const all = words();
      const { troubles, asked, knows } = await run(all, [...first, at(impostor)]);
      expect(troubles.at(-1)).toMatchObject({ kind: 'host-key-unknown', detail: keyOf(broker) });
      expect(asked.filter(({ name }) => name.includes(`:${impostor?.port}`))).toEqual([]);
      expect(knows[2]).toBe(false);
    }
  });

  test('the words of a refusal say how it is given, and that is taken', async () => {
    const plain = { keys: [keyOf(broker), keyOf(shed)] };
    const { troubles } = await run(plain, [at(broker), at(shed)]);
    expect(troubles[0]).toBe(null);
    const form = `--accept-host-key 127.0.0.1:${shed?.port}=${keyOf(shed)}`;
    expect(troubles[1]).toMatchObject({
      kind: 'host-key-unknown',
      message: expect.stringContaining('shows a key that was given for another one'),
      likely: expect.stringContaining("A fingerprint counts for one machine, and for the broker's"),
      next: expect.stringMatching(new RegExp(`give ${form.replace(/[.+/]/g, '\\$&')}$`)),
    });
    const named = { keys: [keyOf(broker), form.split(' ')[1] ?? ''] };
    const again = await run(named, [at(shed), at(broker)]);
    expect(again).toEqual({ troubles: [null, null], asked: [], knows: [true, true, false] });
    // Of one whose fingerprint was not given at all, too; the broker's has none before it.
    const other = await run({ keys: [`other=${keyOf(shed)}x`] }, [at(broker), at(shed)]);
    expect(other.troubles[0]?.next).toMatch(/give --accept-host-key SHA256:/);
    expect(other.troubles[1]?.next).toContain(form);
  });

  test('a machine on the way has its own', async () => {
    const way = async (...keys: string[]) =>
      (await run({ keys, broker: 'inner' }, ['inner'])).troubles[0];
    const [gate, inner] = [keyOf(broker), keyOf(shed)];
    const name = `127.0.0.1:${broker?.port}`;
    expect(await way(inner, `${name}=${gate}`)).toBe(null);
    expect(await way(`${me}@${name}=${gate}`, `inner=${inner}`)).toBe(null);
    expect((await way(inner, gate))?.next).toContain(`--accept-host-key ${name}=${gate}`);
    expect((await way(inner))?.next).toContain(`--accept-host-key ${name}=${gate}`);
    // Each shows the other's.
    expect((await way(gate, `${name}=${inner}`))?.message).toMatch(/has another key/);
    expect((await way(gate, `${name}=${gate}`))?.message).toMatch(/inner|has another key/);
  });

  test('somebody who is there is asked for what was not given', async () => {
    const { troubles, asked } = await run({ keys: [keyOf(broker)], answer: 'accept' }, [
      at(broker),
      at(shed),
    ]);
    expect(troubles).toEqual([null, null]);
    expect(asked.map(({ fingerprint }) => fingerprint)).toEqual([keyOf(shed)]);
  });

  test('of another broker that is chosen later a fingerprint without a name is not', async () => {
    const { troubles } = await run({ keys: [keyOf(broker)], for: 'pi@before' }, [at(broker)]);
    expect(troubles[0]?.next).toContain(`127.0.0.1:${broker?.port}=${keyOf(broker)}`);
  });
});
