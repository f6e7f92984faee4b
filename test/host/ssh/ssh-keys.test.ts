import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { SshAsk } from '../../../src/host/ssh/login/ask.ts';
import type { SshOptions } from '../../../src/host/ssh/ssh.ts';
import {
  type Client,
  connectTo,
  type KeyKind,
  keygen,
  makeClient,
  makeKey,
  me,
  noSshd,
  type Sshd,
  startSshd,
  withFile,
} from '../../support/ssh/sshd.ts';

vi.setConfig({ testTimeout: 30_000 });

let client: Client;
let sshd: Sshd;
const later = withFile();

const secret = 'open sesame, 42';
const passphrase: SshAsk = { passphrase: async () => secret };
const kinds: KeyKind[] = ['ed25519', 'rsa', 'ecdsa'];

const at = (name: string) => join(client.home, name);
const logIn = (options: Partial<SshOptions>) => connectTo(sshd.port, client, options);

/** An agent with these keys in it, added in this order. */
function startAgent(keys: string[]): string {
  const socket = at(`agent-${Math.random().toString(36).slice(2)}`);
  const said = execFileSync('ssh-agent', ['-a', socket], { encoding: 'utf8' });
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]);
  onTestFinished(() => void process.kill(pid));
  for (const key of keys)
    execFileSync('ssh-add', ['-q', key], {
      env: { ...process.env, SSH_AUTH_SOCK: socket },
      stdio: 'pipe',
    });
  return socket;
}

describe.skipIf(noSshd)('keys (needs OpenSSH)', () => {
  beforeAll(async () => {
    client = await makeClient('ed25519', later);
    const names = kinds.flatMap((kind) => {
      makeKey(client.home, `plain_${kind}`, kind);
      makeKey(client.home, `locked_${kind}`, kind, secret);
      return [`plain_${kind}`, `locked_${kind}`];
    });
    makeKey(client.home, 'gcm', 'ed25519', secret, '-Z', 'aes256-gcm@openssh.com');
    makeKey(client.home, 'chacha', 'ed25519', secret, '-Z', 'chacha20-poly1305@openssh.com');
    makeKey(client.home, 'pem_rsa', 'rsa', secret, '-m', 'PEM');
    makeKey(client.home, 'pem_ecdsa', 'ecdsa', '', '-m', 'PEM');
    names.push('gcm', 'chacha', 'pem_rsa', 'pem_ecdsa');
    const pairs: Record<KeyKind, { privateKey: KeyObject }> = {
      ed25519: generateKeyPairSync('ed25519'),
      rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
      ecdsa: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    };
    for (const kind of kinds) {
      const { privateKey } = pairs[kind];
      const plain = privateKey.export({ format: 'pem', type: 'pkcs8' });
      const cipher = { cipher: 'aes-256-cbc', passphrase: secret };
      await writeFile(at(`pkcs8_${kind}`), plain, { mode: 0o600 });
      const locked = privateKey.export({ format: 'pem', type: 'pkcs8', ...cipher });
      await writeFile(at(`pkcs8_locked_${kind}`), locked, { mode: 0o600 });
      if (kind !== 'ed25519') {
        await writeFile(at(`pkcs8_${kind}.pub`), keygen('-y', '-f', at(`pkcs8_${kind}`)));
        names.push(`pkcs8_${kind}`);
      }
    }
    // ssh-keygen of OpenSSH 9.2 reads no Ed25519 PKCS#8, so its public half is written by hand.
    const { x = '' } = pairs.ed25519.privateKey.export({ format: 'jwk' });
    const head = Buffer.from('0000000b7373682d6564323535313900000020', 'hex');
    const blob = Buffer.concat([head, Buffer.from(x, 'base64url')]).toString('base64');
    await writeFile(at('pkcs8_ed25519.pub'), `ssh-ed25519 ${blob} by hand\n`);
    names.push('pkcs8_ed25519');
    const authorized = [...names.map((name) => at(`${name}.pub`)), `${client.key}.pub`];
    sshd = await startSshd({ authorized }, later);
  });

  test.each(kinds)('%s: plain, encrypted and PKCS#8', async (kind) => {
    for (const name of [`plain_${kind}`, `pkcs8_${kind}`])
      await logIn({ identityFiles: [at(name)] });
    for (const name of [`locked_${kind}`, `pkcs8_locked_${kind}`]) {
      const asked: string[] = [];
      const ask: SshAsk = {
        passphrase: async (file) => {
          asked.push(file);
          return secret;
        },
      };
      await logIn({ identityFiles: [at(name)], ask });
      expect(asked).toEqual([at(name)]);
    }
  });

  test('PEM files, and the AES-GCM cipher', async () => {
    await logIn({ identityFiles: [at('pem_ecdsa')] });
    await logIn({ identityFiles: [at('pem_rsa')], ask: passphrase });
    await logIn({ identityFiles: [at('gcm')], ask: passphrase });
  });

  test('a wrong passphrase is asked for again, three times at most', async () => {
    const answers = ['wrong', secret];
    await logIn({
      identityFiles: [at('locked_ed25519')],
      ask: { passphrase: async (_file, attempt) => answers[attempt - 1] },
    });
    let asked = 0;
    const wrong: SshAsk = {
      passphrase: async (_file, attempt) => {
        asked = attempt;
        return `wrong ${attempt}`;
      },
    };
    await expect(logIn({ identityFiles: [at('locked_rsa')], ask: wrong })).rejects.toMatchObject({
      kind: 'key-unreadable',
      message: expect.stringContaining('passphrase'),
    });
    expect(asked).toBe(3);
  });

  test('an encrypted key that nobody can be asked about names the option', async () => {
    for (const name of ['locked_ed25519', 'pkcs8_locked_rsa'])
      await expect(logIn({ identityFiles: [at(name)] })).rejects.toMatchObject({
        kind: 'key-unreadable',
        message: expect.stringContaining(name),
        next: expect.stringContaining('--passphrase-file'),
      });
  });

  test('a cipher that cannot be read comes with the command that helps, and the command does', async () => {
    const path = at('chacha_copy');
    await copyFile(at('chacha'), path);
    await chmod(path, 0o600);
    const ask = passphrase;
    const error = await logIn({ identityFiles: [path], ask }).catch((refusal) => refusal);
    expect(error).toMatchObject({ kind: 'key-unreadable' });
    const [, command = ''] = /`(ssh-keygen[^`]*)`/.exec(error.next) ?? [];
    execFileSync('sh', ['-c', `${command} -P "$1" -N "$1"`, 'x', secret], { stdio: 'pipe' });
    await logIn({ identityFiles: [path], ask });
  });

  test('a named key file must be there and be a key', async () => {
    await expect(logIn({ identityFiles: [at('nowhere')] })).rejects.toMatchObject({
      kind: 'key-unreadable',
      message: expect.stringContaining('nowhere'),
    });
    await writeFile(at('text'), 'not a key');
    await expect(logIn({ identityFiles: [at('text')] })).rejects.toMatchObject({
      kind: 'key-unreadable',
    });
    await expect(logIn({ identityFiles: [client.home] })).rejects.toMatchObject({
      kind: 'key-unreadable',
    });
  });

  test.each(['644', '640', '620', '604'])(
    'a private key of mode %s is not used, as ssh does not',
    async (mode) => {
      for (const [name, plain] of [
        ['plain_ed25519', true],
        ['locked_ed25519', false],
        ['pkcs8_ed25519', true],
      ] as const) {
        const open = at(`${name}_${mode}`);
        await copyFile(at(name), open);
        await chmod(open, Number.parseInt(mode, 8));
        await expect(
          logIn({ identityFiles: [open], ask: plain ? {} : passphrase }),
        ).rejects.toMatchObject({
          kind: 'key-unreadable',
          message: `The key file ${open} can be read or written by others.`,
          likely: expect.stringContaining(mode),
          next: expect.stringContaining(`chmod 600 '${open}'`),
        });
        await chmod(open, 0o600);
        await logIn({ identityFiles: [open], ask: plain ? {} : passphrase });
      }
    },
  );

  test('a key the host does not know: says what was tried and how to add it', async () => {
    const stranger = makeKey(client.home, 'stranger');
    await expect(logIn({ identityFiles: [stranger] })).rejects.toMatchObject({
      kind: 'authentication',
      message: expect.stringContaining('accepted none of the keys'),
      detail: 'Tried: key stranger.',
      next: expect.stringContaining(`ssh-copy-id`),
    });
  });

  test('without a key and without an agent there is no way in', async () => {
    const nothing = await makeClient();
    await expect(connectTo(sshd.port, nothing, { identityFiles: undefined })).rejects.toMatchObject(
      { kind: 'authentication', message: expect.stringContaining('no way') },
    );
  });

  describe('from an agent', () => {
    test.each(kinds)('an %s key', async (kind) => {
      const agentSocket = startAgent([at(`plain_${kind}`)]);
      await logIn({ identityFiles: undefined, agentSocket });
    });

    test('a named key that the agent holds needs no passphrase', async () => {
      const agentSocket = startAgent([at('plain_rsa'), at('plain_ed25519')]);
      // Only the public half is here, as on a machine one has come to with agent forwarding.
      await copyFile(at('plain_ed25519.pub'), at('held.pub'));
      await logIn({ identityFiles: [at('held')], agentSocket });
    });

    test('eight foreign keys do not stand in the way of the named one', async () => {
      const foreign = Array.from({ length: 8 }, (_, n) => makeKey(client.home, `foreign_${n}`));
      const agentSocket = startAgent([...foreign, at('plain_ed25519')]);
      await logIn({ identityFiles: [at('plain_ed25519')], agentSocket });
      await logIn({ identityFiles: [at('plain_ecdsa')], agentSocket });
      await writeFile(at('config'), `IdentitiesOnly yes\nIdentityFile ${at('plain_rsa')}\n`);
      await logIn({ identityFiles: undefined, agentSocket });
      await writeFile(at('config'), '');
    });

    test('the ninth key of an agent is still found, by calling again', async () => {
      const foreign = Array.from({ length: 8 }, (_, n) => at(`foreign_${n}`));
      expect(foreign.every(existsSync)).toBe(true);
      const agentSocket = startAgent([...foreign, at('plain_ed25519')]);
      await logIn({ identityFiles: undefined, agentSocket });
    });

    test('too many wrong ones are told as that', async () => {
      const foreign = Array.from({ length: 24 }, (_, n) => {
        const path = at(`foreign_${n}`);
        return existsSync(path) ? path : makeKey(client.home, `foreign_${n}`);
      });
      const agentSocket = startAgent(foreign);
      await expect(logIn({ identityFiles: undefined, agentSocket })).rejects.toMatchObject({
        kind: 'authentication',
        message: expect.stringContaining('too many keys'),
        next: expect.stringContaining('--identity'),
      });
    });

    test('one that has ended is no obstacle to a key file, and is told where there is none', async () => {
      const agentSocket = at('no-agent');
      await logIn({ agentSocket });
      await expect(logIn({ identityFiles: undefined, agentSocket })).rejects.toMatchObject({
        message: expect.stringContaining('agent does not answer'),
      });
    });
  });

  test('secrets are in no error and in no object that can be printed', async () => {
    const ask: SshAsk = { passphrase: async () => secret };
    const host = await logIn({ identityFiles: [at('locked_ed25519')], ask });
    const { inspect } = await import('node:util');
    expect(inspect(host, { depth: 20, showHidden: true })).not.toContain(secret);
    expect(host.name).toContain(me);
  });
});
