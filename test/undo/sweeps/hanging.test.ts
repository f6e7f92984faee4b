import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { detachedIn } from '../../../src/undo/change/detached.ts';
import { until } from '../../support/hosts/program.ts';
import { newFolder } from '../../support/undo/folder.ts';

// Something on the broker's machine hangs: a program that is stopped does not even take a TERM.

let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'lockstep-hang-'));
});
afterEach(() => rm(place, { recursive: true, force: true }));

const isFree = async (lock: string): Promise<boolean> => {
  const [code] = await once(spawn('flock', ['-n', lock, 'true']), 'close');
  return code === 0;
};

test('what hangs in a script is ended by its limit, with the lock it holds', async () => {
  const lock = join(place, 'lock');
  const script = `
trap '' HUP PIPE TERM
exec 9>"$1"
flock 9
sh -c 'echo held; kill -STOP $$'
`;
  const [file = '', ...rest] = [...detachedIn(2, script), lock];
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  expect(await isFree(lock)).toBe(false);
  expect(await ended).toEqual([137, null]);
  await until('the lock to be free', 2, () => isFree(lock));
});

test('what ends in its time is not touched, and what it reads is ours', async () => {
  const [file = '', ...rest] = [...detachedIn(20, 'cat; echo "$1"; exit 7'), 'word'];
  const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.end('given ');
  const [text] = await once(child.stdout.setEncoding('utf8'), 'data');
  expect(await once(child, 'close')).toEqual([7, null]);
  expect(text).toMatch(/^given /);
});

test('a change whose host ends it is lost, not refused: nobody claims that nothing was changed', async () => {
  await using folder = await newFolder();
  const broker = {
    ...folder.broker,
    host: {
      ...folder.broker.host,
      run: async () => ({ code: 137, signal: null, stdout: '', stderr: '', truncated: false }),
    },
  };
  const { changesOn } = await import('../../../src/undo/change/change.ts');
  const changes = changesOn(broker as never);
  const wanted = { seconds: 10, who: 'somebody', running: true, word: 'harden' };
  const made = changes.make({ files: [], links: [] }, wanted);
  await expect(made).rejects.toMatchObject({ kind: 'timeout', exitCode: 3 });
});

test('a putting back that hangs is begun again by whoever waits', async () => {
  await using folder = await newFolder();
  await writeFile(folder.at('etc/x'), 'first');
  const before = folder.tree();
  await folder.make([folder.file('etc/x', 'first', 'second')]);
  const state = folder.at('var/state');
  await writeFile(`${state}/armed/until`, '1 1');
  // As the unit does it: started again when it fails. The first one hangs, and is ended soon.
  const script = await readFile(`${state}/put-back`, 'utf8');
  const hangs = `[ "$2" != due ] || [ -e '${place}/hung' ] || { : >'${place}/hung'; kill -STOP $$; }\n`;
  const limited = script.replace(/(?<=timeout -s KILL )300(?= .* due )/, '1');
  expect(limited).not.toBe(script);
  await writeFile(`${state}/put-back`, hangs + limited);
  const turn = ['-c', 'until "$@"; do :; done', 'sh', 'sh', `${state}/put-back`, state, 'timer'];
  const child = spawn('sh', [...turn, 'none', 'waiting'], { stdio: 'ignore', detached: true });
  await once(child, 'close');
  expect(folder.tree()).toBe(before);
  expect(await readFile(`${place}/hung`, 'utf8')).toBe('');
});
