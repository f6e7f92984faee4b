import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import { hardenByHand } from '../../../src/steps/harden/by-hand.ts';

test('lines with a secret come out of the files that are there, and are not shown', () => {
  const top = mkdtempSync(join(tmpdir(), "lockstep it's "));
  const at = (name: string) => join(top, name);
  const release = at('certs/release-0001');
  mkdirSync(release, { recursive: true });
  for (const name of ['broker.key', 'broker.crt', 'root_ca.crt'])
    writeFileSync(join(release, name), '');
  const before = [
    'remote_password hunter2',
    'listener 1883',
    'allow_anonymous true',
    'connection b',
    `  password it's "$HOME" \u00fc`,
    'bridge_psk 0123abcd',
  ].join('\n');
  const files = [
    {
      path: at('mosquitto.conf'),
      before,
      after: before.replace('listener 1883\nallow_anonymous true\n', ''),
    },
    // Moved from there, and the last line of that without its end.
    {
      path: at('access.conf'),
      before: null,
      after:
        'allow_anonymous false\nbridge_psk 0123abcd\nlistener 8883\n# lockstep:   password it\'s "$HOME" \u00fc\n',
    },
  ];
  writeFileSync(at('mosquitto.conf'), Buffer.from(before, 'latin1'));
  const layout = { certificates: at('certs'), authorities: at('ca'), keyOwner: null };
  const setup = {
    broker: {
      host: { kind: 'practice' },
      layout,
      service: { kind: 'practice' },
      names: ['broker'],
    },
    answers: { ...defaultAnswers('practice'), names: ['broker'] },
    rewrite: { files },
    release: 'release-0001',
  } as unknown as Setup;
  const lines = hardenByHand(setup);
  expect(lines.join('\n')).not.toMatch(/hunter2|0123abcd|HOME/);
  execFileSync('bash', ['-ec', lines.join('\n')], { env: { ...process.env, HOME: top }, cwd: '/' });
  for (const { path, after } of files)
    expect(readFileSync(path, 'latin1')).toBe(after.replace(/\n?$/, '\n'));
  rmSync(top, { recursive: true });
});
