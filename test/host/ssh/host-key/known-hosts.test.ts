import { spawnSync } from 'node:child_process';
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  appendKnownHost,
  fingerprint,
  hostNames,
  keyType,
  knownTypes,
  lookup,
  parseKnownHosts,
  readKnownHosts,
} from '../../../../src/host/ssh/host-key/known-hosts.ts';
import { keygen, makeKey, temporaryFolder } from '../../../support/ssh/sshd.ts';

const missing = spawnSync('ssh-keygen', ['-?']).error !== undefined;
const skip = missing && process.env.LOCKSTEP_TEST_ALL !== '1';

async function blobOf(path: string): Promise<{ line: string; key: Buffer }> {
  const [type, base64 = ''] = (await readFile(`${path}.pub`, 'utf8')).split(' ');
  return { line: `${type} ${base64}`, key: Buffer.from(base64, 'base64') };
}

describe.skipIf(skip)('known_hosts (needs ssh-keygen)', () => {
  test('fingerprints and types are those of ssh-keygen', async () => {
    const folder = await temporaryFolder();
    for (const kind of ['ed25519', 'rsa', 'ecdsa'] as const) {
      const path = makeKey(folder, kind, kind);
      const { key, line } = await blobOf(path);
      expect(keygen('-lf', path).split(' ')[1]).toBe(fingerprint(key));
      expect(keyType(key)).toBe(line.split(' ')[0]);
    }
  });

  test('finds what ssh-keygen -F finds: plain, patterns, ports, hashed', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'known_hosts');
    const { line, key } = await blobOf(makeKey(folder, 'a'));
    const lines = [
      '# a comment',
      'not a line',
      `rock-4se,10.0.0.7 ${line} with a comment`,
      `*.example.org,!bad.example.org ${line}`,
      `host? ${line}`,
      `[board]:2222 ${line}`,
      `[*.lan]:2200 ${line}`,
      `fe80::1 ${line}`,
    ];
    const names: [string, number][] = [
      ['rock-4se', 22],
      ['rock-4s', 22],
      ['10.0.0.7', 22],
      ['a.example.org', 22],
      ['bad.example.org', 22],
      ['example.org', 22],
      ['host1', 22],
      ['host', 22],
      ['host12', 22],
      ['board', 2222],
      ['board', 22],
      ['x.lan', 2200],
      ['fe80::1', 22],
    ];
    for (const hashed of [false, true]) {
      // ssh-keygen hashes no file with a line in it that it cannot read.
      const kept = hashed ? lines.filter((one) => one !== 'not a line') : lines;
      await writeFile(file, `${kept.join('\n')}\n`, { mode: 0o600 });
      if (hashed) spawnSync('ssh-keygen', ['-H', '-f', file]);
      const entries = await readKnownHosts([file]);
      for (const [host, port] of names) {
        const name = port === 22 ? host : `[${host}]:${port}`;
        const found = spawnSync('ssh-keygen', ['-F', name, '-f', file]).status === 0;
        expect([name, lookup(entries, hostNames(host, port), key).verdict]).toEqual([
          name,
          found ? 'known' : 'unknown',
        ]);
      }
    }
    expect(await readFile(file, 'utf8')).toContain('|1|');
  });

  test('tells a changed and a revoked key, with the line', async () => {
    const folder = await temporaryFolder();
    const a = await blobOf(makeKey(folder, 'a'));
    const b = await blobOf(makeKey(folder, 'b'));
    const rsa = await blobOf(makeKey(folder, 'r', 'rsa'));
    const text = [
      '',
      `board ${rsa.line}`,
      `board ${a.line}`,
      `@revoked * ${b.line}`,
      `@cert-authority *.lan ${a.line}`,
      `two ${a.line}`,
      `two ${rsa.line}`,
    ].join('\n');
    const entries = parseKnownHosts(text, '/k');
    const look = (host: string, key: Buffer, port = 22) =>
      lookup(entries, hostNames(host, port), key);
    expect(look('board', a.key)).toEqual({ verdict: 'known' });
    expect(look('board', b.key)).toMatchObject({
      verdict: 'revoked',
      entry: { line: 4, file: '/k' },
    });
    expect(look('elsewhere', b.key)).toMatchObject({ verdict: 'revoked' });
    const c = (await blobOf(makeKey(folder, 'c'))).key;
    expect(look('board', c)).toMatchObject({ verdict: 'changed', entry: { line: 3 } });
    // Known by other types only: what a man in the middle would offer.
    const ecdsa = (await blobOf(makeKey(folder, 'e', 'ecdsa'))).key;
    expect(look('board', ecdsa)).toMatchObject({ verdict: 'changed', entry: { line: 2 } });
    // Under another port the bare name helps, but does not accuse.
    expect(look('board', a.key, 2222)).toEqual({ verdict: 'known' });
    expect(look('board', c, 2222)).toMatchObject({ verdict: 'unknown' });
    expect(look('x.lan', a.key)).toEqual({ verdict: 'unknown', trustsAuthority: true });
    expect(knownTypes(entries, hostNames('two', 22))).toEqual(['ssh-ed25519', 'ssh-rsa']);
    expect(knownTypes(entries, hostNames('board', 2222))).toEqual(['ssh-rsa', 'ssh-ed25519']);
  });

  test('what is added, ssh-keygen finds; the file and its folder are private', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, '.ssh', 'known_hosts');
    const { key } = await blobOf(makeKey(folder, 'a'));
    await appendKnownHost(file, 'board.lan', key, false);
    await appendKnownHost(file, '[board]:2222', key, true);
    await writeFile(file, (await readFile(file, 'utf8')).trimEnd()); // as an editor leaves it
    await appendKnownHost(file, 'third', key, true);
    for (const name of ['board.lan', '[board]:2222', 'third'])
      expect(keygen('-F', name, '-f', file)).toContain(key.toString('base64'));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, '.ssh'))).mode & 0o777).toBe(0o700);
    const entries = await readKnownHosts([file, join(folder, 'none')]);
    expect(entries).toHaveLength(3);
    expect(lookup(entries, hostNames('BOARD', 2222), key).verdict).toBe('known');
    expect((await readFile(file, 'utf8')).match(/third/)).toBeNull();
  });
});

test('any text at all can be read', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, host) => {
      const entries = parseKnownHosts(text, 'f');
      lookup(entries, hostNames(host, 22), Buffer.from(text));
    }),
  );
});

test('one that cannot be read is told, and not taken for one that is not there', async () => {
  const folder = await temporaryFolder();
  const [directory, loop] = [join(folder, 'a folder'), join(folder, 'loop')];
  await mkdir(directory);
  await symlink(loop, loop);
  for (const [file, likely] of [
    [directory, 'It is a folder.'],
    [loop, 'It is a link that leads back to itself.'],
  ] as const)
    await expect(readKnownHosts([file])).rejects.toMatchObject({ kind: 'failed', likely });
  expect(await readKnownHosts([join(folder, 'none'), join(folder, 'none', 'below')])).toEqual([]);
  // Root may read all.
  if (process.getuid?.() === 0) return;
  const closed = join(folder, 'closed');
  await writeFile(closed, '', { mode: 0 });
  await expect(readKnownHosts([closed])).rejects.toMatchObject({
    ...{ kind: 'failed', message: `The known hosts in ${closed} cannot be read.` },
    likely: 'It, or a folder above it, is not for this user to read.',
  });
});
