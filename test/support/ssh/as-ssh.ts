import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { sshConfig } from '../../../src/host/ssh/config/config.ts';
import { connectSsh } from '../../../src/host/ssh/ssh.ts';
import { keygen, me, type Sshd } from './sshd.ts';

// A configuration and known_hosts, met by the real ssh and by Lockstep, with `ssh -G` and without an ssh program.

export interface Case {
  /** What known_hosts holds. */
  known: string[];
  /** More of the configuration. */
  config?: string[];
  /** That of the system, behind it; the home folder is not the account's then. */
  system?: string[];
  /** It leads through this host, with more of the configuration for that. */
  through?: { gate: Sshd; config: string[] };
  /** Whether Lockstep connects, where it is told to take new keys, and where it is not. */
  new: boolean;
  strict: boolean;
}

/** The key of a `.pub` file as known_hosts has it behind the name. */
export const line = async (path: string) =>
  (await readFile(`${path}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');

export async function fileIn(folder: string, name: string, ...content: string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content.map((one) => `${one}\n`).join(''));
  return path;
}

/** A line of known_hosts whose name is hashed. */
export async function hashed(folder: string, name: string, key: string): Promise<string> {
  const path = await fileIn(folder, 'to-hash', `${name} ${key}`);
  keygen('-H', '-f', path);
  return (await readFile(path, 'utf8')).trim();
}

/** Whom ssh refuses, Lockstep refuses; and it is as the case says. `$BOARDS` names the folder. */
export async function meet(
  { known, config = [], system, through, ...expected }: Case,
  { folder, sshd, key }: { folder: string; sshd: Sshd; key: string },
): Promise<void> {
  const file = (name: string, ...content: string[]) => fileIn(folder, name, ...content);
  const common = [
    'HostName 127.0.0.1',
    `UserKnownHostsFile ${join(folder, 'known_hosts')}`,
    ...(system ? [] : ['GlobalKnownHostsFile /dev/null']),
    'CheckHostIP no',
    `IdentityFile ${key}`,
    'IdentitiesOnly yes',
    'BatchMode yes',
  ];
  const block = (host: string, lines: string[]) => [`Host ${host}`, ...lines];
  const way = through ? ['ProxyJump the-gate'] : [];
  const own = block('the-board', [...config, `Port ${sshd.port}`, ...way, ...common]);
  if (through)
    own.push(...block('the-gate', [...through.config, `Port ${through.gate.port}`, ...common]));
  const others = system ? block('*', system) : [];
  const both = await file('config', ...own, ...others);
  const theirs = [await file('config of *mine?', ...own), await file('ssh_config', ...others)];
  const logIn = (isNew: boolean, program: string) =>
    connectSsh(`${me}@the-board`, {
      configResolver: sshConfig({
        home: folder,
        ...(system && { accountHome: userInfo().homedir }),
        localUser: me,
        environment: { PATH: process.env.PATH, BOARDS: folder },
        configFiles: system ? theirs : [both],
        program,
      }),
      ask: {},
      acceptNewHostKey: isNew,
    }).then(
      async (host) => {
        await host.close();
        return true;
      },
      () => false,
    );
  const seen: Record<string, { ssh: boolean; asked: boolean; read: boolean }> = {};
  for (const [name, checking] of [
    ['new', 'accept-new'],
    ['strict', 'yes'],
  ] as const) {
    const how = ['-F', both, '-o', `StrictHostKeyChecking=${checking}`];
    const env = { ...process.env, BOARDS: folder };
    await file('known_hosts', ...known);
    const ssh = spawnSync('ssh', [...how, `${me}@the-board`, 'true'], { env }).status === 0;
    await file('known_hosts', ...known);
    const asked = await logIn(name === 'new', 'ssh');
    await file('known_hosts', ...known);
    const read = await logIn(name === 'new', '/nonexistent/ssh');
    seen[name] = { ssh, asked, read };
    expect(!(asked || read) || ssh, `${name}: ${JSON.stringify(seen[name])}`).toBe(true);
  }
  for (const how of ['asked', 'read'] as const)
    expect({ new: seen.new?.[how], strict: seen.strict?.[how] }, how).toEqual(expected);
}
