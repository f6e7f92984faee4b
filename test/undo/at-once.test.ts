import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { bring } from '../../src/undo/change/bring.ts';
import { newFolder } from '../support/undo/folder.ts';
import { runBy } from '../support/undo/run-by.ts';

/**
 * `rm` that waits, whenever it is to remove what has come, until both are as far: so both open it between the first time
 * and the second. `met` has a folder for each time and whoever has it done. Where one never comes, the other goes on.
 */
const rmTogether = (met: string): string => `#!/bin/sh
case $* in
  */.input*)
    turn=1 left=1000
    until mkdir "${met}/$turn-$PPID" 2>/dev/null; do turn=$((turn + 1)); done
    [ $turn != 1 ] || /bin/rm "$@"
    until [ -e "${met}/$turn-there" ] || [ $left = 0 ]; do
      left=$((left - 1))
      for one in "${met}/$turn"-*; do [ "$one" = "${met}/$turn-$PPID" ] || mkdir -p "${met}/$turn-there"; done
      sleep 0.01
    done
    [ $turn != 1 ] || exit 0
    ;;
esac
exec /bin/rm "$@"
`;

test('two that send at once each have what was sent to them', { timeout: 120_000 }, async () => {
  await using folder = await newFolder();
  const { at } = folder;
  for (const one of ['tools', 'met']) await mkdir(at(one));
  const release = (name: string) => ({
    path: at(`etc/certs/release-000${name}`),
    staging: at(`etc/certs/.staging-release-000${name}`),
    word: 'distribute',
    files: [
      {
        name: 'server.crt',
        bytes: Buffer.from(name.repeat(Number(name) * 10_000)),
        ownership: { mode: 0o644 },
      },
    ],
  });
  // What both would make first is there.
  await bring(folder.broker, release('3'), null);
  await writeFile(at('tools/rm'), rmTogether(at('met')), { mode: 0o755 });
  const broker = runBy(folder, (script, words) => [
    ...['env', `PATH=${at('tools')}:${process.env.PATH}`, 'sh', '-c', script, ...words],
  ]);
  await Promise.all(['1', '2'].map((name) => bring(broker, release(name), null)));
  for (const name of ['1', '2']) {
    const there = await readFile(at(`etc/certs/release-000${name}/server.crt`), 'utf8');
    expect(there === release(name).files[0]?.bytes.toString(), name).toBe(true);
  }
});
