import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { program } from '../../support/hosts/program.ts';
import { launcher, newHome } from '../../support/program/lockstep.ts';
import { expectTold } from '../../support/program/trouble.ts';

test('an answers file with unknown and wrong fields: all of them, each with its line', async () => {
  await using home = await newHome();
  const file = join(home.folder, 'answers.yaml');
  await writeFile(
    file,
    `broker: radxa@rock-4se
colour: green
minimumTls: "1.1"
certificates:
  days: soon
  key: dsa
clients:
  - name: client01
    hots: here
plainListener: closed
ports: { tls: 99999 }
`,
  );
  const run = await home.run('run', '--answers', file);
  expectTold(run, {
    code: 2,
    what: /^The answers file .*answers\.yaml has 7 faults\.$/,
    likely: 'A field is misspelt, or its value is not one of those allowed.',
    next: 'Put these lines right; nothing was done.',
  });
  const shown = run.stderr.split('\n').filter((line) => /^ {4}line /.test(line));
  expect(shown.map((line) => line.trim())).toEqual([
    'line 2: there is no field "colour"',
    expect.stringMatching(/^line 3: minimumTls: .*"1\.2".*"1\.3"/),
    expect.stringMatching(/^line 5: certificates\.days: .*number/),
    expect.stringMatching(/^line 6: certificates\.key: .*ecdsa-p256/),
    'line 9: clients.0: there is no field "hots"',
    expect.stringMatching(/^line 10: plainListener: .*"refuse"/),
    expect.stringMatching(/^line 11: ports\.tls: .*65535/),
  ]);
  expect(run.stdout).toBe('');
  expect(existsSync(join(home.site, 'authority'))).toBe(false);
});

test.each([
  ['no YAML', 'broker: [unfinished\n', /has (one fault|\d faults)/],
  ['not a map', '- a\n- list\n', /has one fault/],
  ['full of references', 'broker: &a x\nnames: [*a, *a]\n', /has 2 faults/],
])('an answers file that is %s', async (_, text, what) => {
  await using home = await newHome();
  const file = join(home.folder, 'answers.yaml');
  await writeFile(file, text);
  const likely = 'A field is misspelt, or its value is not one of those allowed.';
  expectTold(await home.run('run', '--answers', file), { code: 2, what, likely, next: 'nothing' });
});

test('an answers file that is not there', async () => {
  await using home = await newHome();
  expectTold(await home.run('run', '--answers', '/no/such/file'), {
    code: 2,
    what: 'The answers file /no/such/file cannot be read.',
    likely: 'It is not there, or it belongs to somebody else.',
    next: '"npx lockstep answers" prints one to begin with.',
  });
});

test('a secret file that is not there', async () => {
  await using home = await newHome();
  const where = ['--broker', 'radxa@rock-4se', '--sudo-password-file', '/no/such/file'];
  expectTold(await home.run('run', ...where), {
    code: 2,
    what: 'The file /no/such/file with a secret cannot be read.',
    likely: 'It is not there, or it belongs to somebody else.',
    next: 'Check its name and its owner.',
  });
});

test.each([
  [['run', '--through', 'nowhere'], /Allowed choices are inspect, .*verify/],
  [['run', '--accept-host-key', 'md5:00'], /It looks like SHA256:/],
  [['run', '--accept-host-key', 'shed=md5:00'], /It looks like SHA256:.*, or HOST=SHA256:/s],
  [['run', '--accept-host-key', `=SHA256:${'a'.repeat(43)}`], /It looks like SHA256:/],
  [['run', '--accept-host-key', `a shed=SHA256:${'a'.repeat(43)}`], /not the name of a host/],
  [['run', '--no-such-option'], /unknown option/],
  [['no-such-command'], /unknown command/],
  [['statsu'], /^error: unknown command 'statsu'\n\(Did you mean status\?\)/],
])('%j is a matter of usage', async (words, text) => {
  await using home = await newHome();
  const { code, stderr, stdout } = await home.run(...words);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(text);
});

test.each(['', '\n', '\nhorse battery staple\n'])(
  'a passphrase file that begins with an empty line (%j) makes no key',
  async (text) => {
    await using home = await newHome();
    const file = join(home.folder, 'passphrase');
    await writeFile(file, text, { mode: 0o600 });
    const run = await home.run('run', '--passphrase-file', file);
    expectTold(run, {
      code: 2,
      what: `The first line of ${file} is empty: that is no passphrase.`,
      likely: 'The file was not written yet, or begins with an empty line.',
      next: /Write the passphrase into its first line/,
    });
    expect(existsSync(join(home.site, 'authority', 'root_ca.key'))).toBe(false);
  },
);

test.each([
  ['answers'],
  ['help run'],
  ['completion bash'],
  ['audit --config /etc/mosquitto --broker-version 2.0.11'],
])('%s, read by nobody, ends without a word of Node', async (words) => {
  await using home = await newHome();
  const script = '"$@" | true';
  const argv = ['sh', '-c', script, 'sh', process.execPath, launcher, ...words.split(' ')];
  const { stderr } = await program(argv, { env: home.environment });
  expect(stderr).not.toMatch(/EPIPE|^\s+at |inside Lockstep/m);
});

test('what is no name of a host', async () => {
  await using home = await newHome();
  const run = await home.run('run', '--broker', 'radxa@-oProxyCommand=touch', '--json');
  expectTold(run, {
    code: 2,
    what: 'That is not the name of a host.',
    likely: 'A host is written as name, user@name',
    next: 'For example: radxa@rock-4se',
  });
  // The line that scripts wait for comes last, whatever happens.
  expect(JSON.parse(run.stdout)).toMatchObject({ event: 'end', result: 'failed' });
});
