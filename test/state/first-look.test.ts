import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultAnswers } from '../../src/steps/answers/default-answers.ts';
import { firstLook } from '../../state/session/first-look.ts';
import { newSite } from '../../state/site/site.ts';
import { openStore } from '../../state/store/store.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-look-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('where nothing is remembered there is no broker', async () => {
  expect(firstLook(join(folder, 'none'))).toEqual({ broker: null });
  await openStore(folder);
  expect(firstLook(folder)).toEqual({ broker: null });
});

test('it shows the broker that the store says was worked on last', async () => {
  const store = await openStore(folder);
  for (const broker of ['practice', 'radxa@rock-4se']) {
    const site = newSite(defaultAnswers(broker), new Date());
    await store.save(site);
    await store.setCurrent(site.id);
    expect(firstLook(folder)).toEqual({ broker });
  }
});

test.each([
  ['current.json', 'not JSON'],
  ['current.json', '{"schema":1,"id":"../../etc/passwd"}'],
  ['current.json', '{"schema":1,"id":"gone"}'],
  ['sites/practice.json', '{"answers":{"broker":7}}'],
  ['sites/practice.json', 'null'],
])('%s that is not plainly so is left to the store: %s', async (name, text) => {
  const store = await openStore(folder);
  const site = newSite(defaultAnswers(), new Date());
  await store.save(site);
  await store.setCurrent(site.id);
  await writeFile(join(folder, name), text);
  expect(firstLook(folder)).toBeNull();
});
