import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Host } from '../../../src/host/api/host.ts';

/** The bed a contract runs on: a host, and a folder that is the same here and there. */
export interface Bed {
  host: Host;
  folder: string;
}

const nasty = [
  'a b',
  "it's",
  'say "hi"',
  'two\nlines',
  '$HOME',
  '-rf',
  'back\\slash',
  'ü €',
  ';id',
];

/** What every host must do, whatever it is made of. `bed` is called once for each test. */
export function hostContract(bed: () => Bed | Promise<Bed>): void {
  describe('run', () => {
    test('gives back status, output and errors, and hands arguments over untouched', async () => {
      const { host } = await bed();
      const script = 'printf "%s|" "$@"; cat; echo oops >&2; exit 3';
      const result = await host.run(['sh', '-c', script, 'x', ...nasty, ''], {
        input: 'from stdin',
      });
      expect(result).toEqual({
        code: 3,
        signal: null,
        stdout: `${nasty.join('|')}||from stdin`,
        stderr: 'oops\n',
        truncated: false,
      });
    });

    test('closes the input of a program that is given none', async () => {
      const { host } = await bed();
      expect(await host.run(['cat'], { timeoutSeconds: 5 })).toMatchObject({ code: 0, stdout: '' });
    });

    test('a missing program is status 127', async () => {
      const { host } = await bed();
      const result = await host.run(['no-such-program-here', 'x']);
      expect(result.code).toBe(127);
      expect(result.stderr).toMatch(/no-such-program-here/);
    });

    test('programs speak English and are found in sbin', async () => {
      const { host } = await bed();
      const { stdout } = await host.run(['sh', '-c', 'echo "$LC_ALL"; echo ":$PATH:"']);
      expect(stdout).toMatch(/^C\n/);
      expect(stdout).toContain(':/usr/sbin:');
    });

    test('carries megabytes, and cuts at the limit', async () => {
      const { host } = await bed();
      const many = [
        'sh',
        '-c',
        'head -c 5242880 /dev/zero | tr "\\0" x; head -c 2000000 /dev/zero >&2',
      ];
      const whole = await host.run(many, { limit: 6_000_000 });
      expect([whole.stdout.length, whole.stderr.length, whole.truncated]).toEqual([
        5242880,
        2000000,
        false,
      ]);
      const cut = await host.run(many, { limit: 1000 });
      expect([cut.stdout, cut.truncated, cut.code]).toEqual(['x'.repeat(1000), true, 0]);
    });

    test('a program that ignores its input or kills itself is no failure', async () => {
      const { host } = await bed();
      const input = Buffer.alloc(3_000_000);
      expect(await host.run(['true'], { input })).toMatchObject({ code: 0 });
      const killed = await host.run(['sh', '-c', 'kill -9 $$']);
      expect([killed.code, killed.signal]).toEqual([null, 'SIGKILL']);
    });

    test('a time limit ends it, with its children', async () => {
      const { host, folder } = await bed();
      const mark = join(folder, 'pids');
      const script = 'sleep 300 & echo $! $$ >"$1"; wait';
      const running = host.run(['sh', '-c', script, 'x', mark], { timeoutSeconds: 2 });
      await expect(running).rejects.toMatchObject({ name: 'HostError', kind: 'timeout' });
      const pids = (await readFile(mark, 'utf8')).trim().split(' ').map(Number);
      expect(pids).toHaveLength(2);
      await expect.poll(() => pids.filter(alive), { timeout: 8000 }).toEqual([]);
    });

    test('can be cancelled, before and while it runs', async () => {
      const { host, folder } = await bed();
      const early = host.run(['touch', join(folder, 'never')], { signal: AbortSignal.abort() });
      await expect(early).rejects.toMatchObject({ kind: 'cancelled' });
      const controller = new AbortController();
      const started = join(folder, 'started');
      const running = host.run(['sh', '-c', 'echo $$ >"$1"; exec sleep 300', 'x', started], {
        signal: controller.signal,
      });
      running.catch(() => {});
      await expect.poll(() => readdir(folder)).toContain('started');
      await expect.poll(() => readFile(started, 'utf8')).toMatch(/\d\n/);
      controller.abort();
      await expect(running).rejects.toMatchObject({ kind: 'cancelled' });
      const pid = Number(await readFile(started, 'utf8'));
      await expect.poll(() => alive(pid), { timeout: 8000 }).toBe(false);
      expect(await readdir(folder)).not.toContain('never');
    });

    test('a daemon that keeps the output open is not waited for', async () => {
      const { host } = await bed();
      const result = await host.run(['sh', '-c', 'setsid sleep 20 & echo $!']);
      const daemon = Number(result.stdout);
      expect(result.code).toBe(0);
      expect(alive(daemon)).toBe(true);
      process.kill(daemon);
    });

    test('what is left running on purpose goes on', async () => {
      const { host } = await bed();
      const script = 'sleep 21 >/dev/null 2>&1 </dev/null & echo $!';
      const child = Number((await host.run(['sh', '-c', script])).stdout);
      const open = Number((await host.run(['sh', '-c', 'sleep 22 & echo $!'])).stdout);
      await host.run(['true']);
      expect([alive(child), alive(open)]).toEqual([true, true]);
      for (const pid of [child, open]) process.kill(pid);
    });

    test('short programs lose nothing, however many', async () => {
      const { host } = await bed();
      const results = await Promise.all(
        Array.from({ length: 40 }, (_, n) => host.run(['sh', '-c', 'echo "$0"; exit 5', `${n}`])),
      );
      for (const [n, result] of results.entries())
        expect(result).toMatchObject({ code: 5, stdout: `${n}\n` });
    });

    test('fourteen at once, with no warning of Node on the screen', async () => {
      const { host } = await bed();
      const warnings: Error[] = [];
      const hear = (warning: Error) => warnings.push(warning);
      process.on('warning', hear);
      const numbers = Array.from({ length: 14 }, (_, index) => `${index}\n`);
      const results = await Promise.all(
        numbers.map((n) => host.run(['sh', '-c', 'sleep 0.2; echo "$0"', n.trim()])),
      );
      process.off('warning', hear);
      expect(results.map(({ stdout }) => stdout)).toEqual(numbers);
      expect(warnings).toEqual([]);
    });
  });

  describe('connections', () => {
    test('to a port: bytes both ways, and both ends see the end', async () => {
      const { host } = await bed();
      const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as { port: number };
      const connection = await host.connectPort('127.0.0.1', port);
      const bytes = randomBytes(100_000);
      connection.end(bytes);
      const chunks: Buffer[] = [];
      for await (const chunk of connection) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
      server.close();
      await once(server, 'close');
      await expect(host.connectPort('127.0.0.1', port)).rejects.toMatchObject({
        name: 'HostError',
        kind: 'failed',
        code: 'ECONNREFUSED',
      });
    });

    test('to a name that nobody knows, and to a socket that is not there', async () => {
      const { host, folder } = await bed();
      await expect(host.connectPort('no-such-name.invalid', 1883)).rejects.toMatchObject({
        kind: 'failed',
        code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
      });
      await expect(host.connectSocket(join(folder, 'none'))).rejects.toMatchObject({
        kind: 'failed',
      });
    });
  });

  fileContract(bed);

  test('thousands of paths in one call', async () => {
    const { host, folder } = await bed();
    const long = Array.from({ length: 700 }, (_, n) => join(folder, `${'n'.repeat(90)}${n}`));
    const facts = await host.stat([...long, folder]);
    expect(facts).toHaveLength(701);
    expect(facts.findIndex((one) => one !== null)).toBe(700);
  });
}

/** The part of it that is about files. */
export function fileContract(bed: () => Bed | Promise<Bed>): void {
  describe('files', () => {
    test('what is written can be read, byte for byte, whatever the name', async () => {
      const { host, folder } = await bed();
      const bytes = randomBytes(300_000);
      for (const name of nasty) {
        const path = join(folder, name);
        await host.write(path, bytes, { mode: 0o640 });
        expect((await host.read(path))?.equals(bytes)).toBe(true);
        expect((await readFile(path)).equals(bytes)).toBe(true);
        expect((await stat(path)).mode & 0o7777).toBe(0o640);
      }
      expect(await host.list(folder)).toEqual([...nasty].sort());
      const facts = await host.stat(nasty.map((name) => join(folder, name)));
      expect(facts.map((one) => one?.size)).toEqual(nasty.map(() => 300_000));
    });

    test('an empty file, and one over another', async () => {
      const { host, folder } = await bed();
      const path = join(folder, 'file');
      await host.write(path, Buffer.from('old'), { mode: 0o644 });
      await host.write(path, Buffer.alloc(0), { mode: 0o600 });
      expect(await host.read(path)).toEqual(Buffer.alloc(0));
      expect((await stat(path)).mode & 0o7777).toBe(0o600);
      expect(await readdir(folder)).toEqual(['file']);
    });

    test('nothing there is null, not an error', async () => {
      const { host, folder } = await bed();
      await writeFile(join(folder, 'file'), 'x');
      await symlink('nowhere', join(folder, 'dangling'));
      expect(await host.read(join(folder, 'none'))).toBeNull();
      expect(await host.read(join(folder, 'file/below'))).toBeNull();
      expect(await host.read(join(folder, 'dangling'))).toBeNull();
      expect(await host.list(join(folder, 'none'))).toBeNull();
      expect(await host.list(join(folder, 'file'))).toBeNull();
      expect(await host.stat([join(folder, 'none'), join(folder, 'file/below')])).toEqual([
        null,
        null,
      ]);
      expect(await host.stat([])).toEqual([]);
      await symlink('dangling', join(folder, 'two'));
      await symlink('file', join(folder, 'to-file'));
      await mkdir(join(folder, 'sub'));
      for (const name of [
        'two',
        'dangling/',
        'dangling/x',
        'to-file/',
        'to-file/x',
        'sub/../none/x',
      ]) {
        expect(await host.read(join(folder, name))).toBeNull();
        expect(await host.list(`${folder}/${name}`)).toBeNull();
      }
      expect(
        await host.stat(['file/', 'two/', 'sub/../none/x'].map((one) => `${folder}/${one}`)),
      ).toEqual([null, null, null]);
    });

    test('what leads round in a circle is an error', async () => {
      const { host, folder } = await bed();
      await symlink('round', join(folder, 'round'));
      await expect(host.read(join(folder, 'round'))).rejects.toMatchObject({ name: 'HostError' });
      await expect(host.list(join(folder, 'round'))).rejects.toMatchObject({ name: 'HostError' });
      await expect(host.stat([join(folder, 'round/x')])).rejects.toMatchObject({
        name: 'HostError',
      });
    });

    test('stat tells what stands there, links not followed', async () => {
      const { host, folder } = await bed();
      await writeFile(join(folder, 'file'), 'twelve bytes');
      await chmod(join(folder, 'file'), 0o4751);
      await mkdir(join(folder, 'sub'), { mode: 0o700 });
      await symlink('odd\ntarget\n', join(folder, 'link'));
      const paths = ['file', 'none', 'sub', 'link'].map((name) => join(folder, name));
      const [file, none, sub, link] = await host.stat(paths);
      const owner = userInfo().username;
      expect(file).toMatchObject({ path: paths[0], type: 'file', mode: 0o4751, size: 12, owner });
      expect(Math.abs((file?.modified ?? 0) - Date.now() / 1000)).toBeLessThan(60);
      expect(none).toBeNull();
      expect(sub).toMatchObject({ type: 'directory', mode: 0o700 });
      expect(link).toMatchObject({ type: 'symlink', target: 'odd\ntarget\n' });
    });

    test('a file over the limit is an error, not half a file', async () => {
      const { host, folder } = await bed();
      await writeFile(join(folder, 'big'), Buffer.alloc(5000));
      const path = join(folder, 'big');
      expect((await host.read(path, { limit: 5000 }))?.length).toBe(5000);
      await expect(host.read(path, { limit: 4999 })).rejects.toMatchObject({ kind: 'failed' });
      await expect(host.read(folder)).rejects.toMatchObject({ name: 'HostError' });
      await expect(host.read('/dev/zero')).rejects.toMatchObject({ name: 'HostError' });
    });

    test('writing needs the folder, and leaves nothing behind where it fails', async () => {
      const { host, folder } = await bed();
      const write = (path: string) => host.write(path, Buffer.from('x'), { mode: 0o600 });
      await expect(write(join(folder, 'none/file'))).rejects.toMatchObject({ kind: 'not-found' });
      await mkdir(join(folder, 'directory'));
      await expect(write(join(folder, 'directory'))).rejects.toMatchObject({ kind: 'failed' });
      const stranger = { mode: 0o600, owner: 'no-such-user-here' };
      if (host.kind !== 'practice')
        await expect(
          host.write(join(folder, 'f'), Buffer.from('x'), stranger),
        ).rejects.toMatchObject({
          name: 'HostError',
          detail: expect.stringContaining('no-such-user-here'),
        });
      expect(await readdir(folder)).toEqual(['directory']);
      expect(await readdir(join(folder, 'directory'))).toEqual([]);
    });

    test('a symbolic link at the target is replaced, and what it points to left alone', async () => {
      const { host, folder } = await bed();
      await writeFile(join(folder, 'real'), 'real');
      await symlink('real', join(folder, 'link'));
      await host.write(join(folder, 'link'), Buffer.from('new'), { mode: 0o600 });
      expect(await readFile(join(folder, 'real'), 'utf8')).toBe('real');
      await mkdir(join(folder, 'folder'));
      await symlink('folder', join(folder, 'to-folder'));
      await host.write(join(folder, 'to-folder'), Buffer.from('new'), { mode: 0o600 });
      expect(await readFile(join(folder, 'to-folder'), 'utf8')).toBe('new');
      expect(await readdir(join(folder, 'folder'))).toEqual([]);
      expect(await host.stat([join(folder, 'link')])).toMatchObject([{ type: 'file', size: 3 }]);
    });

    test('only full paths mean anything', async () => {
      const { host } = await bed();
      const told = { name: 'HostError', likely: expect.stringContaining('no full path') };
      for (const path of ['relative', './conf.d', '', '/nul\0byte']) {
        await expect(host.read(path)).rejects.toMatchObject(told);
        await expect(host.list(path)).rejects.toMatchObject(told);
        await expect(host.stat(['/ok', path])).rejects.toMatchObject(told);
        await expect(host.write(path, Buffer.from('x'), { mode: 0o600 })).rejects.toMatchObject(
          told,
        );
      }
    });
  });
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
