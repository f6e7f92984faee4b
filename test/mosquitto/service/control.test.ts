import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostScript } from '../../../src/host-scripts/script.ts';
import { notStarted, wasNotTold } from '../../../src/mosquitto/service/not-started.ts';
import { notAsItWas } from '../../../src/undo/put-back/troubles.ts';

// The tools that start a service, where one of them never ends. What is told is what is known: a tool that hangs says
// nothing about the broker.

let tools: string;
beforeEach(() => {
  tools = mkdtempSync(join(tmpdir(), 'lockstep-tools-'));
});
afterEach(() => rmSync(tools, { recursive: true, force: true }));

const tool = (name: string, script: string) =>
  writeFileSync(join(tools, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

function told(kind: 'systemd' | 'sysv'): { code: number; said: string } {
  const soon = hostScript('mosquitto/service/control').replaceAll('-k 5 100 ', '-k 5 1 ');
  expect(soon).not.toBe(hostScript('mosquitto/service/control'));
  const script = `${soon}
said=$(control ${kind} restart broker.service) || code=$?
printf '%s %s' "\${code:-0}" "$said"`;
  const env = { ...process.env, PATH: `${tools}:${process.env.PATH}` };
  const [code = '', ...said] = execFileSync('sh', ['-c', script], { encoding: 'utf8', env }).split(
    ' ',
  );
  return { code: Number(code), said: said.join(' ') };
}

const hanging = 'while :; do sleep 1; done';
const systemctl = (doing: string) =>
  tool('systemctl', `case $1 in restart) ${hanging} ;; is-active) echo ${doing} ;; esac`);

test('a systemctl that never ends is told as that, not as a broker that does not start', () => {
  for (const doing of ['active', 'inactive', 'failed', '']) {
    systemctl(doing);
    const { code, said } = told('systemd');
    expect(code).toBe(124);
    expect(wasNotTold(said), doing).toBe(true);
    expect(notAsItWas({ ran: true, because: said })).toContain(
      'was not restarted with them in time',
    );
    expect(notStarted('rock', said, 'broker.service')).toMatchObject({
      message: 'The broker on rock could not be restarted.',
      likely: 'The command that starts and stops services there did not end in time.',
      next: expect.stringContaining('"systemctl status broker.service"'),
    });
  }
});

test('a broker that is still about to start when the time is over is told as that', () => {
  systemctl('activating');
  const { code, said } = told('systemd');
  expect(code).toBe(124);
  expect(wasNotTold(said)).toBe(false);
  expect(notStarted('rock', said, 'broker.service').likely).toBe(
    'It did not tell systemd in time that it is ready.',
  );
});

test('so is a SysV script that never ends', () => {
  tool('service', hanging);
  const { code, said } = told('sysv');
  expect(code).toBe(124);
  expect(wasNotTold(said)).toBe(true);
});
