import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { answersSchema } from '../../../src/steps/answers/answers.ts';
import { isDrawn } from '../../support/drawn.ts';
import { bootHost, type HostOptions, type TestHost } from '../../support/hosts/host.ts';
import { type ProgramResult, until } from '../../support/hosts/program.ts';
import type { Suite } from '../../support/hosts/suites.ts';
import * as observe from '../../support/observe/observer.ts';
import { type Home, newHome, reaching } from '../../support/program/lockstep.ts';
import { leftOut } from '../../support/program/on-hosts.ts';
import { row, suitesOf } from '../matrix.ts';
import { recorded } from '../results.ts';
import {
  type Before,
  exposedKeys,
  lookBefore,
  sameConfiguration,
  serving,
  somethingPending,
  strayFiles,
} from './observe.ts';
import { type Watch, watch } from './watch.ts';

/** How long the broker's machine waits for a proof before it puts a change back, in these tests. */
export const undoAfterSeconds = 10;

/** A broker's host and somebody who secures it, with a watcher of the service. */
export interface Stage {
  suite: Suite;
  host: TestHost;
  home: Home;
  /** The options that reach the host, answers included. */
  how: string[];
  before: Before;
  /** `lockstep` with these words and `how`. */
  lockstep(...words: string[]): Promise<ProgramResult>;
  /** Writes more answers for the commands to come. */
  answer(yaml: string): Promise<void>;
}

/** Options of the program, with answers that give the armed undo little time. */
export async function aim(host: TestHost, home: Home, yaml = ''): Promise<string[]> {
  const file = join(home.folder, 'answers.yaml');
  const known = answersSchema.safeParse({ undoAfterSeconds }).success;
  await writeFile(file, `${known ? `undoAfterSeconds: ${undoAfterSeconds}\n` : ''}${yaml}`);
  const answers = known || yaml ? ['--answers', file] : [];
  return [...(await reaching(host, home)), ...answers];
}

/** How the last line of `run --json` says that it ended. */
export function resultOf(run: ProgramResult): string {
  const last = run.stdout.trimEnd().split('\n').at(-1) ?? '';
  return last ? JSON.parse(last).result : `nothing said; ${run.stderr}`;
}

/** Waits until nothing of ours goes on or is armed on the host. */
export const leftAlone = (host: TestHost): Promise<true> =>
  until('nothing to be armed on the host', undoAfterSeconds + 170, async () =>
    (await somethingPending(host)) ? null : true,
  );

/** What holds now: old or new service, each with the configuration that belongs to it. */
export async function expectOldOrNew({ host, home, before }: Stage): Promise<'old' | 'new'> {
  const now = await observe.tree(host);
  const service = await serving(host, home, before);
  expect(service).toMatch(/^(old|new)$/);
  expect({ service, asBefore: sameConfiguration(now, before.tree) }).toEqual({
    service,
    asBefore: service === 'old',
  });
  expect(await exposedKeys(host, home, before)).toEqual([]);
  return service as 'old' | 'new';
}

/** It goes on and ends secured; what there was before it went on was as before or as is now. */
export async function expectSecured(stage: Stage, left: string): Promise<void> {
  const { host, home, before } = stage;
  const run = await stage.lockstep('run', '--json');
  expect(resultOf(run), run.stderr + run.stdout).toMatch(/^(secured|unchanged)$/);
  expect(run.code).toBe(0);
  expect(await serving(host, home, before)).toBe('new');
  expect(strayFiles(left, before.tree, await observe.tree(host))).toEqual([]);
  expect(await exposedKeys(host, home, before)).toEqual([]);
}

/** Undo puts everything back: bytes, owners, modes, times; and the service. */
export async function expectUndone(stage: Stage, faked = false): Promise<void> {
  const { host, home, before } = stage;
  const undo = await stage.lockstep('undo', '--json');
  expect(undo.code, undo.stderr + undo.stdout).toBe(0);
  const seen = (tree: string) => (faked ? tree.replace(/ \d+\.\d{10} /g, ' ') : tree);
  expect(seen(await observe.tree(host))).toBe(seen(before.tree));
  expect(await serving(host, home, before)).toBe('old');
  expect(await exposedKeys(host, home, before)).toEqual([]);
}

/** A stage on a host that is booted already. */
export async function setStage(suite: Suite, host: TestHost, home: Home): Promise<Stage> {
  let how = await aim(host, home);
  const before = await lookBefore(host);
  return {
    suite,
    host,
    home,
    before,
    get how() {
      return how;
    },
    lockstep: (command, ...words) => home.run(command ?? '', ...how, ...words),
    async answer(yaml) {
      how = await aim(host, home, yaml);
    },
  };
}

export interface FaultOptions {
  host?: Partial<HostOptions>;
  /** Changes the host before anybody looks at it. */
  prepare?(host: TestHost): Promise<void>;
  /** Nobody without a certificate is served before, so there is nothing to watch. */
  unwatched?: boolean;
  /** After this one it cannot go on to secured: it ends where the scenario ends. */
  ends?: boolean;
  /** How long it may take; 300 unless told. */
  seconds?: number;
  /** The library that fakes the clock also shifted the times of files that were copied meanwhile. */
  fakedTimes?: boolean;
}

/**
 * Tests one row on its suites. The scenario provokes the fault, sees what is said, takes the fault
 * away again, and gives the outcome in two or three words. Around it holds what holds after each: old
 * or new service, files as before or as planned, no key exposed; resuming ends secured, undo identical.
 */
export function fault(
  id: string,
  scenario: (stage: Stage) => Promise<string>,
  {
    host: options = {},
    prepare,
    unwatched = false,
    ends = false,
    seconds = 300,
    fakedTimes = false,
  }: FaultOptions = {},
): void {
  const { fault } = row(id);
  test.skipIf(leftOut || !isDrawn(id)).concurrent.each(suitesOf(id))(
    `${id}: ${fault}, on %s`,
    { timeout: seconds * 1000 },
    (suite) =>
      recorded(id, suite, async () => {
        await using host = await bootHost({ suite, ...options });
        await using home = await newHome();
        await prepare?.(host);
        const stage = await setStage(host.suite, host, home);
        const watcher: Watch | null = unwatched ? null : await watch(host, home);
        let gap: number | null = null;
        let outcome: string;
        try {
          outcome = await scenario(stage);
          await expectOldOrNew(stage);
          const left = await observe.tree(host);
          if (!ends) await expectSecured(stage, left);
          await expectUndone(stage, fakedTimes);
        } finally {
          gap = (await watcher?.end()) ?? null;
        }
        return { outcome, gap };
      }),
  );
}
