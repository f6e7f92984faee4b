import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { program } from '../../support/hosts/program.ts';
import { launcher } from '../../support/program/lockstep.ts';
import {
  closedToOthers,
  type OrdinaryHome,
  ordinary,
  ordinaryHome,
} from '../../support/program/ordinary.ts';
import { expectTold } from '../../support/program/trouble.ts';
import { Terminal } from '../../support/terminal/terminal.ts';

// A home that cannot be entered, or is none, is told as what it is by every command.
vi.setConfig({ testTimeout: 60_000 });
const isRoot = process.getuid?.() === 0;

interface Shape {
  /** Makes it; root may be needed for what is another user's. */
  make(path: string): void;
  what: (path: string) => RegExp;
  code: number;
}
const starting = (path: string, words: string) => new RegExp(`^${path}${words}`);
const shapes: Record<string, Shape> = {
  'closed to everybody': {
    make: (path) => mkdirSync(path, { mode: 0o000 }),
    what: (path) => starting(path, ' cannot be entered by this user\\.$'),
    code: 4,
  },
  'a file': {
    make: (path) => writeFileSync(path, ''),
    what: (path) => starting(path, ' is not a folder\\.$'),
    code: 1,
  },
  'a loop of links': {
    make: (path) => symlinkSync(path, path),
    what: (path) => starting(path, ' is a link that leads in a circle\\.$'),
    code: 1,
  },
  'a link that leads nowhere': {
    make: (path) => symlinkSync(`${path}-gone`, path),
    what: (path) => starting(path, ' is a link that leads nowhere\\.$'),
    code: 1,
  },
  'a folder that may only be read': {
    make: (path) => {
      mkdirSync(path);
      chmodSync(path, 0o555);
    },
    what: (path) => starting(path, '/\\S+ is not there, and cannot be made by this user\\.$'),
    code: 4,
  },
  'longer than any name': {
    make: () => {},
    what: (path) => starting(path, ' could not be used|.* has too long a name'),
    code: 1,
  },
};
const inThere = ([name]: [string, Shape]) => name === 'longer than any name';

/** Makes it as the ordinary user would have it. */
async function made(home: OrdinaryHome, [name, shape]: [string, Shape]): Promise<string> {
  const path = join(home.folder, inThere([name, shape]) ? 'x'.repeat(300) : 'home');
  shape.make(path);
  if (isRoot) await program(['chown', '-h', '65534:65534', path]);
  return path;
}

const everyCommand = ['run', 'status', 'verify', 'undo', 'answers', 'audit'];

describe.skipIf(await closedToOthers())('as an ordinary user', () => {
  test.each(
    Object.entries(shapes).flatMap(([name, shape], index) =>
      ['HOME', 'LOCKSTEP_HOME'].map((variable) => ({
        name,
        shape,
        variable,
        // All of them take the same way in; one of the shapes is met by each.
        commands: index === 0 ? everyCommand : ['status'],
      })),
    ),
  )('a $variable that is $name is told', async ({ name, shape, variable, commands }) => {
    await using home = await ordinaryHome();
    const path = await made(home, [name, shape]);
    const environment = { [variable]: path };
    for (const command of commands) {
      const told = await home.run([command], environment);
      const [what, next] = [shape.what(path), /LOCKSTEP_HOME|Name another|Look at/];
      expectTold(told, { code: shape.code, what, likely: /^\S.*\.$/, next });
    }
    if (commands !== everyCommand) return;
    for (const words of [['--help'], ['help', 'run'], ['--version'], ['completion', 'bash']]) {
      const { code, stderr } = await home.run(words, environment);
      expect({ code, stderr }, words.join(' ')).toEqual({ code: 0, stderr: '' });
    }
  });

  test('the guided session tells it when a broker is chosen', async () => {
    await using home = await ordinaryHome();
    const path = await made(home, ['', shapes['closed to everybody'] as Shape]);
    const [file = '', ...words] = [...ordinary, process.execPath, launcher];
    const env = { PATH: home.environment.PATH ?? '', HOME: path, LANG: 'C.UTF-8' };
    const terminal = new Terminal(file, words, { env, columns: 200, limit: 30_000 });
    try {
      await terminal.seen('Which broker?');
      terminal.type('\r');
      await terminal.seen(`${path} cannot be entered by this user.`);
      expect(terminal.screen()).not.toMatch(/inside Lockstep/);
    } finally {
      await terminal.close();
    }
  });

  test.skipIf(!isRoot)('one of another user, none, and no account at all', async () => {
    await using home = await ordinaryHome();
    const path = join(home.folder, 'others');
    mkdirSync(path, { mode: 0o700 });
    expectTold(await home.run(['status'], { HOME: path }), {
      code: 4,
      what: `${path} cannot be entered by this user.`,
      likely: 'It belongs to another user',
      next: `ls -ld ${path}`,
    });
    // As `nobody` of Debian has it in the record.
    expectTold(await home.run(['status'], { HOME: undefined }), {
      code: 4,
      what: '/nonexistent is not there, and cannot be made by this user.',
      likely: 'HOME or LOCKSTEP_HOME may name another folder than meant',
      next: 'set LOCKSTEP_HOME',
    });
    const stranger = ['setpriv', '--reuid=54321', '--regid=54321', '--clear-groups'];
    const status = [...stranger, process.execPath, launcher, 'status'];
    const env = { ...home.environment, HOME: undefined };
    expectTold(await program(status, { env }), {
      code: 4,
      what: 'Which folder is the home folder is not known here.',
      likely: 'HOME is not set, and the user who runs this has no account on this machine.',
      next: 'Set HOME, or LOCKSTEP_HOME',
    });
    await program(['chown', '54321', path]);
    const practice = [...status, '--broker', 'practice'];
    const { stdout, stderr } = await program(practice, { env: { ...env, LOCKSTEP_HOME: path } });
    expect(stdout, stderr).toMatch(/^1 Inspect +done /m);
  });

  test('a folder that was removed meanwhile is told, where it counts', async () => {
    await using home = await ordinaryHome();
    const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"';
    const inNowhere = (...words: string[]) =>
      home.as(['sh', '-c', `cd "$HOME" && ${script}`, 'sh', process.execPath, launcher, ...words]);
    expect((await inNowhere('answers', '--identity', '~/k')).code).toBe(0);
    expectTold(await inNowhere('answers', '--identity', 'k'), {
      code: 2,
      what: '--identity "k" cannot be used.',
      likely: 'The folder that it counts from is not there any more.',
      next: 'Give a full path',
    });
    const { stderr } = await inNowhere('status', '--broker', 'practice');
    expect(stderr).not.toMatch(/inside Lockstep/);
  });
});
