import fc from 'fast-check';
import { expect } from 'vitest';
import type { TestHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { expectTold } from '../../support/program/trouble.ts';
import { full } from '../matrix.ts';
import { fault, resultOf } from '../stage/stage.ts';

// What is kept for an undo is damaged, or what it would put back was changed since.

const state = '/var/lib/mqtt-lockstep';
const access = '/etc/mosquitto/conf.d/access.conf';

/** Each takes a file as its argument. */
const ways: Record<string, string> = {
  zeroed: 'size=$(stat -c %s "$1"); head -c "$size" /dev/zero >"$1"',
  emptied: ': >"$1"',
  halved: 'size=$(stat -c %s "$1"); truncate -s $((size / 2)) "$1"',
  'one byte flipped':
    'at=$(($(stat -c %s "$1") / 2)); byte=$(tail -c "+$((at + 1))" "$1" | head -c 1); case $byte in x) to=y ;; *) to=x ;; esac; printf %s "$to" | dd of="$1" bs=1 seek="$at" conv=notrunc status=none',
  grown: 'printf x >>"$1"',
  removed: 'rm "$1"',
  "another's": 'chown nobody "$1"',
};

const newest = (host: TestHost) =>
  host.succeed(['sh', '-c', `ls -d ${state}/journal/[0-9]* | tail -n 1`]);

fault(
  '29-damaged',
  async (stage) => {
    const { host, lockstep } = stage;
    expect(resultOf(await lockstep('run', '--json'))).toBe('secured');
    const tree = await observe.tree(host);
    const { pid } = await observe.service(host);
    const group = (await newest(host)).trim();
    await host.succeed(['cp', '-aT', `${state}/journal`, '/root/journal']);
    const files = (await host.succeed(['find', group, '-type', 'f', '-size', '+0'])).trim();
    const all = files.split('\n').flatMap((file) => Object.keys(ways).map((way) => [file, way]));
    expect(all.length).toBeGreaterThan(40);
    const some = full
      ? all
      : fc.sample(fc.shuffledSubarray(all, { minLength: 5, maxLength: 5 }), 1)[0];
    for (const [file = '', way = ''] of some ?? []) {
      await host.succeed(['sh', '-euc', ways[way] ?? '', 'damage', file]);
      const what = `${file} ${way}`;
      const undo = await lockstep('undo', '--json');
      expect(undo.code, what + undo.stdout).not.toBe(0);
      expect(undo.stdout, what).not.toMatch(/"result":"restored"/);
      expect(undo.stderr, what).toMatch(/could not be put back|Not everything/);
      expect(await observe.tree(host), what).toBe(tree);
      expect(await observe.service(host), what).toEqual({ pid, state: 'active' });
      expect(await host.exec(['mountpoint', state])).not.toMatchObject({ code: 0 });
      await host.succeed([
        'sh',
        '-euc',
        `rm -rf ${state}/journal; cp -aT /root/journal ${state}/journal`,
      ]);
    }
    return `nothing touched after each of ${all.length}`;
  },
  { seconds: 1800 },
);

fault(
  '30-edited-since',
  async ({ host, lockstep }) => {
    expect(resultOf(await lockstep('run', '--json'))).toBe('secured');
    await host.succeed(['sh', '-c', `echo '# mine' >>${access}`]);
    const tree = await observe.tree(host);
    expectTold(await lockstep('undo'), {
      code: 1,
      what: /One file was changed on .* since/,
      likely: /edited/,
      next: /undo --yes/,
      detail: /\+# mine/,
    });
    expect(await observe.tree(host)).toBe(tree);
    expect(await observe.anonymous(host)).not.toBe(0);
    const undo = await lockstep('undo', '--json', '--yes');
    expect(undo.code, undo.stderr).toBe(0);
    const [later] = JSON.parse(undo.stdout).later;
    expect(later).toEqual({ path: access, kept: expect.stringContaining(`${access}.later-`) });
    expect(String(await host.read(later.kept))).toMatch(/# mine\n$/);
    await host.succeed(['rm', later.kept]);
    return 'stopped, then kept beside';
  },
  { ends: true },
);

fault(
  '30-added-since',
  async ({ host, lockstep }) => {
    expect(resultOf(await lockstep('run', '--json'))).toBe('secured');
    const link = (await host.succeed(['find', '/etc/mosquitto/certs', '-type', 'l'])).trim();
    const folder = (await host.succeed(['readlink', '-f', link.split('\n')[0] ?? ''])).trim();
    const mine = `${folder}/mine.txt`;
    await host.writeFile(mine, 'mine\n');
    const undo = await lockstep('undo', '--json');
    expect(undo.code, undo.stderr).toBe(0);
    expect(JSON.parse(undo.stdout).left).toEqual([folder]);
    expect(String(await host.read(mine))).toBe('mine\n');
    expect((await host.succeed(['ls', '-A', folder])).trim()).toBe('mine.txt');
    await host.succeed(['rm', '-r', folder]);
    return 'undone, but for that folder';
  },
  { ends: true },
);
