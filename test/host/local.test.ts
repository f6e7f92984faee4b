import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { localHost } from '../../src/host/local/local.ts';
import { fileContract, hostContract } from '../support/ssh/contract.ts';

async function bed(kind: 'local' | 'practice') {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  const host = localHost({ name: kind, kind });
  onTestFinished(async () => {
    await host.close();
    await rm(folder, { recursive: true });
  });
  return { host, folder };
}

describe('this machine', () => hostContract(() => bed('local')));
describe('the practice host', () => hostContract(() => bed('practice')));

/** Tools that complain in words of their own, as those of Rust do and those of the next one may. */
const ownWords = `#!/bin/sh
PATH=\${PATH#*:}
said=$(mktemp)
"\${0##*/}" "$@" 2>"$said"
code=$?
sed 's/No such file or directory/Gone/; s/Not a directory/No folder/; s/$/ (os error 2)/' "$said" >&2
rm -f "$said"
exit $code
`;

async function otherTools() {
  const { folder } = await bed('local');
  const tools = await mkdtemp(join(tmpdir(), 'lockstep-tools-'));
  for (const name of [
    'cat',
    'chmod',
    'chown',
    'head',
    'ls',
    'mv',
    'readlink',
    'rm',
    'stat',
    'wc',
  ]) {
    await writeFile(join(tools, name), ownWords);
    await chmod(join(tools, name), 0o755);
  }
  const host = localHost({
    ...{ name: 'local', kind: 'local' as const },
    environment: { PATH: `${tools}:${process.env.PATH}` },
  });
  onTestFinished(async () => {
    await host.close();
    await rm(tools, { recursive: true });
  });
  return { host, folder };
}

describe('a machine whose tools have other words', () => fileContract(otherTools));

test('its tools do have other words', async () => {
  const { host } = await otherTools();
  const { code, stdout, stderr } = await host.run(['stat', '/nowhere']);
  expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/Gone \(os error 2\)\n$/)]);
  expect((await host.run(['stat', '-c', '%f', '/'])).stdout).toBe('41ed\n');
});

test('the practice host needs no root and leaves owners alone', async () => {
  const { host, folder } = await bed('practice');
  const path = join(folder, 'key');
  const owners = { mode: 0o600, owner: 'no-such-user-here', group: 'none-either' };
  await host.write(path, Buffer.from('k'), owners, { root: true });
  expect(await host.stat([path])).toMatchObject([{ mode: 0o600, size: 1 }]);
});

test('closing ends what still runs', async () => {
  const { host } = await bed('local');
  const running = host.run(['sleep', '300']);
  await host.close();
  expect(
    await running.then(
      ({ signal }) => signal,
      (error) => error.kind,
    ),
  ).toMatch(/SIGTERM|cancel/);
});
