import { once } from 'node:events';
import { userInfo } from 'node:os';
import ssh2 from 'ssh2';
import { expect, onTestFinished, test } from 'vitest';
import { sshConfig } from '../../../src/host/ssh/config/config.ts';
import { connectSsh } from '../../../src/host/ssh/ssh.ts';
import type { Request } from '../../../state/machine/machine.ts';
import { guidedAsks } from '../../../state/session/guided-asks.ts';
import { serverKey } from '../../support/ssh/server-key.ts';
import { temporaryFolder } from '../../support/ssh/sshd.ts';

/** A server that asks this at login, and lets nobody in. */
async function asking(...prompts: string[]) {
  const answers: string[][] = [];
  const { private: hostKey } = serverKey();
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    connection
      .on('error', () => {})
      .on('authentication', (attempt) => {
        if (attempt.method !== 'keyboard-interactive') attempt.reject(['keyboard-interactive']);
        else
          attempt.prompt(
            prompts.map((prompt) => ({ prompt, echo: false })),
            'Password of pi@broker',
            'Type the password of pi@broker below.',
            (given) => {
              answers.push(given);
              attempt.reject();
            },
          );
      });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return { port: (server.address() as { port: number }).port, answers };
}

/** Logs in there as somebody at the screen does, who answers everything with `code`. */
async function logIn(port: number): Promise<Request[]> {
  const home = await temporaryFolder();
  const seen: Request[] = [];
  const screen = guidedAsks(async (request) => {
    seen.push(request);
    return 'code';
  });
  const connecting = connectSsh(`pi@127.0.0.1:${port}`, {
    configResolver: sshConfig({
      ...{ home, localUser: 'nobody', environment: { PATH: '/usr/bin:/bin' } },
      configFiles: ['/dev/null'],
      accountHome: userInfo().homedir,
    }),
    ask: screen,
    identityFiles: [],
    acceptNewHostKey: true,
  });
  await expect(connecting).rejects.toMatchObject({ kind: 'authentication' });
  return seen;
}

test.each([
  'sudo password of pi@broker:',
  '\x1b[2J\r\n"\r\nsudo PIN of pi@broker',
  '\u202e" Enter the code of pi@broker',
])('what a machine asks at login is told as its words: %j', async (words) => {
  const { port, answers } = await asking(words, 'Code: ');
  const seen = await logIn(port);
  expect(seen.length).toBeGreaterThanOrEqual(2);
  for (const request of seen) {
    expect(request.label).toMatch(
      new RegExp(`^pi@127\\.0\\.0\\.1:${port} asks at login, in its own words: "[^"]*"$`),
    );
    expect(request.label).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(request.help).toContain(`goes to it: to pi@127.0.0.1:${port}.`);
    expect(request.help).not.toContain('pi@broker');
  }
  expect(answers[0]).toEqual(['code', 'code']);
});

test('who asks for a password is told in our words alone', async () => {
  const { port } = await asking('sudo password of pi@broker:');
  const [request] = await logIn(port);
  expect(request?.label).toBe(`Password of pi@127.0.0.1:${port}`);
});
