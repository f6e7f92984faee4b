import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect as dial } from 'node:net';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { expect, onTestFinished, test } from 'vitest';
import { secretsFromFiles } from '../../src/commands/secrets.ts';
import { defaultAnswers } from '../../src/steps/answers/default-answers.ts';
import { connect, type Reaching, type Surroundings } from '../../state/open/reach.ts';
import { fileIn } from '../support/ssh/as-ssh.ts';
import { serverKey } from '../support/ssh/server-key.ts';
import { temporaryFolder } from '../support/ssh/sshd.ts';

/** Asks for a password, writes down what it is given, and does not believe it. */
const sudo = (record: string) => `#!/bin/sh
for word; do [ "$word" != -n ] || exit 1; done
while [ "$1" != -p ]; do shift; done
printf '%s' "$2" >&2
if IFS= read -r given; then echo "$given" >>${record}; fi
echo 'Sorry, try again.' >&2
exit 1
`;

/** A machine of somebody else that wants every password: it lets in whoever gives one, and passes on whoever goes through it. */
async function machine() {
  const folder = await temporaryFolder();
  const heard: string[] = [];
  const record = await fileIn(folder, 'given-to-sudo');
  await fileIn(folder, 'sudo', sudo(record));
  await fileIn(folder, 'id', '#!/bin/sh', 'echo 1000');
  for (const program of ['sudo', 'id']) await chmod(join(folder, program), 0o755);
  const keys = serverKey();
  const server = new ssh2.Server({ hostKeys: [keys.private] }, (client) => {
    client
      .on('error', () => {})
      .on('authentication', (attempt) => {
        if (attempt.method !== 'password') return attempt.reject(['password']);
        heard.push(attempt.password);
        attempt.accept();
      })
      .on('tcpip', (accept, _, { destIP, destPort }) => {
        const [near, far] = [accept(), dial(destPort, destIP)];
        near.pipe(far.on('error', () => {})).pipe(near.on('error', () => {}));
      })
      .on('session', (accept) => {
        accept().on('exec', (take, _, { command }) => {
          const channel = take();
          const env = { PATH: `${folder}:/usr/bin:/bin` };
          const program = spawn('sh', ['-c', command], { env });
          channel.pipe(program.stdin.on('error', () => {}));
          program.stdout.pipe(channel, { end: false });
          program.stderr.pipe(channel.stderr, { end: false });
          program.on('close', (code) => {
            channel.exit(code ?? 1);
            channel.end();
          });
        });
      });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    port,
    known: `[127.0.0.1]:${port} ${keys.public}`,
    heard,
    async toSudo() {
      const given = (await readFile(record, 'utf8')).trim().split('\n').filter(Boolean);
      await writeFile(record, '');
      return given;
    },
  };
}

const roles = ['broker', 'shed', 'gate'] as const;

test.each([
  { met: 'for the first time', way: 'each directly' },
  { met: 'before', way: 'each directly' },
  { met: 'for the first time', way: 'through another machine' },
  { met: 'before', way: 'through another machine' },
])(
  'the secrets of the broker go to no other machine that asks (met $met, $way)',
  async ({ met, way }) => {
    const home = await temporaryFolder();
    const machines = { broker: await machine(), shed: await machine(), gate: await machine() };
    const known = join(home, '.ssh', 'known_hosts');
    await mkdir(join(home, '.ssh'), { mode: 0o700 });
    if (met === 'before')
      await writeFile(known, roles.map((role) => `${machines[role].known}\n`).join(''));
    const host = (role: (typeof roles)[number], through: string) => [
      `Host ${role}`,
      `  HostName 127.0.0.1\n  Port ${machines[role].port}\n  ProxyJump ${through}`,
    ];
    const through = way === 'each directly' ? 'none' : 'gate';
    const config = [...host('broker', through), ...host('shed', through), ...host('gate', 'none')];
    await fileIn(
      join(home, '.ssh'),
      'config',
      ...config,
      `Host *\n  User pi\n  UserKnownHostsFile ${known}`,
    );

    /** Goes to a machine and becomes root there, with these secrets; what ended it. */
    async function go(role: 'broker' | 'shed', ...others: ('shed' | 'gate')[]) {
      const options: Record<'passwordFile' | 'sudoPasswordFile', string[]> = {
        ...{ passwordFile: [], sudoPasswordFile: [] },
      };
      for (const whose of ['broker', ...others] as const) {
        const path = await fileIn(home, `secret-${whose}`, `for the ${whose}`);
        await chmod(path, 0o600);
        const { port } = machines[whose];
        for (const all of [options.passwordFile, options.sudoPasswordFile])
          all.push(whose === 'broker' ? path : `pi@${whose}:${port}=${path}`);
      }
      const around: Partial<Surroundings> = {
        ...{ folder: home, home, accountHome: '/nonexistent', user: 'pi' },
        environment: { PATH: process.env.PATH },
      };
      const reaching: Partial<Reaching> = {
        acceptNewHostKey: met === 'for the first time',
        asks: await secretsFromFiles(options),
        doing: () => {},
        signal: () => undefined,
      };
      const answers = defaultAnswers('pi@broker');
      try {
        const there = await connect(
          `pi@${role}`,
          answers,
          around as Surroundings,
          reaching as Reaching,
        );
        onTestFinished(() => there.close());
        await there.becomeRoot();
      } catch (error) {
        return (error as { kind: string }).kind;
      }
    }
    /** What each has been given since, at login and by sudo's question. */
    const given = async () => {
      const [broker, shed, gate] = await Promise.all(
        roles.map(async (role) => ({
          login: machines[role].heard.splice(0),
          sudo: await machines[role].toSudo(),
        })),
      );
      return { broker, shed, gate };
    };
    const nothing = { login: [], sudo: [] };
    const none = { broker: nothing, shed: nothing, gate: nothing };

    expect(await go('shed')).toBe('cancelled');
    expect(await given()).toEqual(none);
    const direct = way === 'each directly';
    expect(await go('broker')).toBe(direct ? 'sudo-password' : 'cancelled');
    const all = { login: ['for the broker'], sudo: ['for the broker'] };
    expect(await given()).toEqual(direct ? { ...none, broker: all } : none);

    // Each has its own, where one is named for it.
    const gate = direct ? nothing : { login: ['for the gate'], sudo: [] };
    expect(await go('broker', 'gate')).toBe('sudo-password');
    expect(await given()).toEqual({ ...none, broker: all, gate });
    expect(await go('shed', 'gate', 'shed')).toBe('sudo-password');
    const its = { login: ['for the shed'], sudo: ['for the shed'] };
    expect(await given()).toEqual({ ...none, shed: its, gate });
  },
);
