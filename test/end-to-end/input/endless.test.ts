import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'vitest';
import { program } from '../../support/hosts/program.ts';
import { type Home, launcher, newHome } from '../../support/program/lockstep.ts';
import { expectTold } from '../../support/program/trouble.ts';

// What stands for a file never comes to an end: the program says so, and ends.

interface Case {
  words?: string[];
  /** What is in the place of a file of the home folder. */
  place?: string;
  what: RegExp;
}

const cases: Record<string, Case> = {
  'the answers': {
    words: ['--answers', '/dev/stdin'],
    what: /^\/dev\/stdin is longer than any file of answers\.$/,
  },
  'a password': {
    words: ['--password-file', '/dev/stdin'],
    what: /longer than any file with a secret/,
  },
  'a passphrase from a device': {
    words: ['--passphrase-file', '/dev/zero'],
    what: /longer than any file with a secret/,
  },
  'the known hosts': { place: '.ssh/known_hosts', what: /longer than any list of known hosts/ },
};

/** Seconds for what takes less than one; this machine may be busy. */
const soon = 60;

async function meet(home: Home, { words = [], place }: Case) {
  if (place) {
    await mkdir(join(home.folder, '.ssh'), { mode: 0o700 });
    await symlink('/dev/zero', join(home.folder, place));
  }
  const run = ['status', '--broker', 'radxa@127.0.0.1:1', '--accept-new-host-key', ...words];
  // One that reads on would take all the memory of this machine.
  const argv = [
    'sh',
    '-c',
    'ulimit -d 4194304; yes | "$@"',
    'sh',
    process.execPath,
    launcher,
    ...run,
  ];
  return program(argv, { env: home.environment, timeoutSeconds: soon });
}

test.for(Object.entries(cases))('%s without an end', { timeout: 90_000 }, async ([, one]) => {
  await using home = await newHome();
  expectTold(await meet(home, one), {
    code: 2,
    what: one.what,
    likely: /at most \d+ [KM]iB of it are read/,
    next: /\w/,
  });
});
