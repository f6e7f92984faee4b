import { expect } from 'vitest';
import { openConfiguration } from '../../support/hosts/prepare.ts';
import * as observe from '../../support/observe/observer.ts';
import { expectTold } from '../../support/program/trouble.ts';
import { fault, resultOf, type Stage } from '../stage/stage.ts';

const folder = '/etc/mosquitto/conf.d';
const access = `${folder}/access.conf`;
const open = 'listener 1883\nallow_anonymous true\n';

async function isSecured({ lockstep }: Stage): Promise<string> {
  const run = await lockstep('run', '--json');
  expect(resultOf(run), run.stderr).toBe('secured');
  return 'secured';
}

const shape = (id: string, files: Record<string, string>) =>
  fault(id, isSecured, { host: { config: files } });

// Whoever comes by it now is asked about first.
fault(
  '15-conflicting-file',
  async (stage) => {
    const first = await stage.lockstep('run', '--json');
    expect(resultOf(first), first.stderr).toBe('failed');
    expect(first.stderr).toContain('Port 8883 is in use');
    await stage.answer('otherTls: close\n');
    return `asked about, then ${await isSecured(stage)}`;
  },
  {
    host: {
      config: {
        [access]: open,
        [`${folder}/zz.conf`]: 'listener 8883\nmax_connections 10\nallow_anonymous true\n',
      },
    },
  },
);
shape('15-crlf', { [access]: open.replaceAll('\n', '\r\n') });
shape('16-per-listener-off', { [access]: `per_listener_settings false\n${open}` });
shape('16-websockets', { [access]: `${open}listener 9001\nprotocol websockets\n` });
shape('16-bridge', {
  [access]: open,
  [`${folder}/bridge.conf`]: 'connection away\naddress 10.77.254.254:1883\ntopic # out 0\n',
});
fault('16-no-listener', isSecured, { host: { config: 'default' } });

// The broker itself does not take it, and only its next start would have shown.
fault('15-bom', async ({ host, before, lockstep }) => {
  await host.succeed(['cp', '-a', access, '/root/kept']);
  await host.writeFile(access, `\uFEFF${openConfiguration}`);
  const spoiled = await observe.tree(host);
  expectTold(await lockstep('run'), {
    code: 1,
    what: 'The broker would not start with its configuration as it is.',
    likely: /\w/,
    next: /access\.conf, line 1/,
  });
  expect(await observe.tree(host)).toBe(spoiled);
  expect(await observe.anonymous(host)).toBe(before.anonymous);
  await host.succeed(['mv', '/root/kept', access]);
  return 'refused, untouched';
});
