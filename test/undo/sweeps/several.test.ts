import { existsSync } from 'node:fs';
import { readFile, readlink, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { hostScript } from '../../../src/host-scripts/script.ts';
import { bring } from '../../../src/undo/change/bring.ts';
import { changesOn } from '../../../src/undo/change/change.ts';
import { controlKind, detachedIn } from '../../../src/undo/change/detached.ts';
import type { Rewrite } from '../../../src/undo/change/rewrite.ts';
import { lookBack } from '../../../src/undo/put-back/look-back.ts';
import { byHand } from '../../support/undo/by-hand.ts';
import type { Folder } from '../../support/undo/folder.ts';
import { foundBy, someOf } from '../../support/undo/found.ts';
import { expectHealed } from '../../support/undo/healing.ts';
import { kinds } from '../../support/undo/init.ts';
import { runBy } from '../../support/undo/run-by.ts';
import { how, release, type Script } from '../../support/undo/scripts.ts';
import { stopping } from '../../support/undo/stopping.ts';

// Certificates were renewed twice, and the first ones are gone, as nobody needed them any more: on its way back an undo of
// all comes through states that no broker starts with. It ends in none of them, whatever happens.

async function changed({ broker }: Folder, rewrite: Rewrite) {
  const { id } = await changesOn(broker).make(rewrite, how);
  expect(await changesOn(broker).confirm(id)).toEqual({ is: 'stays', words: '' });
}

const renewedTwice: Script = {
  calls: 30,
  async begin(folder) {
    const { at, broker, file } = folder;
    const { host, layout, service } = broker;
    const path = at('etc/certs/current');
    for (const target of ['release-0001', 'release-0002', 'release-0003']) {
      await bring(broker, release(folder, target), null);
      const first = target === 'release-0001';
      const files = first ? [file('etc/main.conf', 'first\n', 'second\n')] : [];
      await changed(folder, { files, links: [{ path, target }] });
    }
    const words = [layout.state, controlKind(service), layout.certificates, 'release-0001'];
    await host.run([...detachedIn(100, hostScript('undo/prune')), ...words], { doing: 'Pruning' });
    expect(existsSync(at('etc/certs/release-0001'))).toBe(false);
  },
  act: async (broker) => {
    const replay = await changesOn(broker)
      .putBack('all')
      .catch(() => null);
    return replay?.failed.length === 0 ? 'done' : 'failed';
  },
  done: async ({ changes }) => expect(await changes.waiting()).toBeNull(),
};

/** A broker that names its certificates by the link would start. */
async function expectStarts({ at }: Folder, what: string): Promise<void> {
  const main = await readFile(at('etc/main.conf'), 'utf8');
  const target = await readlink(at('etc/certs/current')).catch(() => null);
  if (main === 'first\n') return;
  expect(existsSync(at(`etc/certs/${target}`)), `${what}: current leads to ${target}`).toBe(true);
}

describe.each(kinds)('with a service of %s', (kind) => {
  test('an undo of several changes that is cut off anywhere is brought to its end at the next boot', {
    timeout: 3_600_000,
  }, async () => {
    await using found = await foundBy(renewedTwice, kind);
    const { folder, untouched, before } = found;
    const whole = stopping(folder, 0);
    expect(await renewedTwice.act(whole.broker, folder)).toBe('done');
    expect(folder.tree()).toBe(untouched);
    const commands = await whole.seen();
    const trees = { untouched, before, planned: untouched };
    const all = Array.from({ length: commands }, (_, index) => index + 1);
    for (const stopAt of someOf(all, 6)) {
      await found.anew();
      const stopped = stopping(folder, stopAt);
      const what = `stopped before command ${stopAt} of ${commands}`;
      expect(await renewedTwice.act(stopped.broker, folder), what).toBe('failed');
      const state = folder.at('var/state');
      if (existsSync(`${state}/reverting`) && existsSync(`${state}/put-back`))
        await folder.broker.host.run(['sh', `${state}/put-back`, state, 'boot', kind, 'waiting'], {
          doing: 'Starting',
        });
      // With neither, nobody there starts it: whoever comes next does.
      else await folder.changes.putBack('waiting');
      await expectStarts(folder, what);
      await expectHealed(folder, trees, what);
    }
  });
});

/** As `renewedTwice`, and then something stands in the way of the second change. */
async function withoutTheOldest(hinder: (folder: Folder) => Promise<Folder['broker']>) {
  const found = await foundBy(renewedTwice, 'none');
  const { folder } = found;
  const broker = await hinder(folder);
  const replay = await changesOn(broker).putBack('all');
  await expectStarts(folder, 'as far as it went');
  expect(await readlink(folder.at('etc/certs/current'))).toBe('release-0002');
  expect(replay.groups).toEqual(['0006-harden', '0005-distribute']);
  return { found, folder, replay };
}

/** As `renewedTwice`, undone, and cut off behind a line of its script, which has to be there. */
async function cutOff(line: string, kind: Folder['kind'] = 'none', unit?: string) {
  const begin = async (folder: Folder) => {
    if (unit !== undefined) Object.assign(folder.broker.service, { unit });
    await renewedTwice.begin(folder);
  };
  const found = await foundBy({ ...renewedTwice, begin }, kind);
  const { folder } = found;
  const stops = runBy(folder, (script, words) => {
    expect(script).toContain(line);
    return ['sh', '-c', script.replace(line, () => `${line}\nkill -9 $$\n`), ...words];
  });
  await expect(changesOn(stops).putBack('all')).rejects.toThrow();
  return found;
}

/** What is chosen is begun, and nothing of it is put back. */
const begun = '\nmoved=\' \'\n[ -z "$bad" ] || trim\ncommence\n';

test.runIf(kinds.includes('systemd'))(
  "at that boot it comes to its end before the broker's own unit starts",
  async () => {
    const unit = 'mosquitto@site.service';
    await using found = await cutOff('\n    guard $chosen\n', 'systemd', unit);
    const written = await readFile(found.folder.at('units/mqtt-lockstep-undo.service'), 'utf8');
    expect(written).toContain(`\nBefore=${unit}\n`);
  },
);

test('what was begun comes to its end where no room is left', async () => {
  await using found = await cutOff(begun);
  const none = ['mkdir', 'cp'].map(
    (name) => `${name}() { echo '${name}: No space left on device' >&2; return 1; }\n`,
  );
  const full = runBy(found.folder, (script, words) => [
    'sh',
    '-c',
    none.join('') + script,
    ...words,
  ]);
  expect(await changesOn(full).putBack('all')).toMatchObject({ failed: [] });
  expect(found.folder.tree()).toBe(found.untouched);
});

test('certificates that are in use by now stay, though their change was begun', async () => {
  await using found = await cutOff(begun);
  const { at, broker, changes, tree } = found.folder;
  const spared = ['0005-distribute'];
  const inUse = at('etc/certs/release-0003');
  expect((await lookBack(broker, spared))?.ours.map(({ path }) => path)).not.toContain(inUse);
  const replay = await changes.putBack('all', { spared });
  expect(replay.groups).not.toContain(spared[0]);
  expect(replay.failed).toEqual([]);
  expect(existsSync(`${inUse}/server.crt`)).toBe(true);
  expect(await changes.waiting()).toBeNull();
  expect(await readFile(at('etc/main.conf'), 'utf8')).toBe('first\n');
  expect((await changes.putBack('all')).groups).toEqual(spared);
  // The folder around them stayed with them.
  expect(tree().replace('./certs d 755 \n', '')).toBe(found.untouched);
});

test('where the oldest change is damaged, it ends where the certificates are still there', async () => {
  const { found, folder, replay } = await withoutTheOldest(async ({ at, broker }) => {
    await writeFile(at('var/state/journal/0002-harden/service'), 'damaged');
    expect((await lookBack(broker))?.restored).toEqual([at('etc/certs/current')]);
    return broker;
  });
  await using _ = found;
  expect(replay.damaged).toEqual(['journal/0002-harden']);
  expect(replay.byHand).toEqual(['journal/0004-harden', 'journal/0003-distribute']);
  expect(replay.older).toEqual(['0001-distribute']);
  byHand(replay, folder.at('var/state'));
  expect((await folder.changes.putBack('all')).failed).toEqual([]);
  expect(folder.tree()).toBe(found.untouched);
});

test('where the oldest change cannot be made ready, nothing of it and of those that lead to it is touched', async () => {
  const hinders = `
cp() { case "$*" in *0002-harden*) echo 'No room (tried)' >&2; return 1 ;; esac; command cp "$@"; }
ln() { case "$*" in *0002-harden*) return 1 ;; esac; command ln "$@"; }
`;
  const { found, folder, replay } = await withoutTheOldest(async (folder) =>
    runBy(folder, (script, words) => ['sh', '-c', hinders + script, ...words]),
  );
  await using _ = found;
  expect(replay.failed.at(-1)?.words).toContain('No room (tried)');
  expect(folder.tree()).not.toContain('.lockstep-');
  // With room it goes on from there.
  expect((await folder.changes.putBack('all')).failed).toEqual([]);
  expect(folder.tree()).toBe(found.untouched);
});
