import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { goesBackAfter, killedBeforeTheProof } from '../../support/program/before-the-proof.ts';
import { type Home, launcher, newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { enterThrough } from '../../support/terminal/steps-by-keys.ts';
import { Terminal } from '../../support/terminal/terminal.ts';

// What a guided session shows of a change that the one before it made and did not live to prove.

onHosts('a change that waits for its proof, met by a guided session', limit, () => {
  let host: TestHost;
  let home: Home;
  let before: string;
  beforeAll(async () => {
    host = await bootHost({ suite: 'trixie', variant: 'nopasswd' });
  }, 900_000);
  afterAll(() => host?.close());

  const open: Terminal[] = [];
  beforeEach(async () => {
    home = await newHome();
    const how = [...(await reaching(host, home)), ...(await goesBackAfter(600, home))];
    expect((await home.run('run', ...how, '--through', 'distribute')).code).toBe(0);
    before = await observe.tree(host);
    await killedBeforeTheProof(home, how);
  });
  afterEach(async () => {
    for (const terminal of open.splice(0)) await terminal.close();
    expect((await home.run('undo', ...(await reaching(host, home)))).code).toBe(0);
    await home.remove();
  });

  /** Opens the session, at the step where it is kept or put back. */
  async function meet(by: Home): Promise<Terminal> {
    const argv = [launcher, ...(await reaching(host, by))];
    const terminal = new Terminal(process.execPath, argv, { env: by.environment, limit: 60_000 });
    open.push(terminal);
    await terminal.seen('step 6 of 7');
    await terminal.seen('› Prove the change that waits, or put it back');
    expect(terminal.screen()).toMatch(/A change made by \S+ from \S+ waits for its/);
    return terminal;
  }

  /** The seconds that the screen counts. */
  const counted = (screen: string) => Number(/goes back by itself in (\d+) s/.exec(screen)?.[1]);

  test('counts down, and Enter alone proves and keeps it', async () => {
    const terminal = await meet(home);
    const first = counted(terminal.screen());
    expect(first).toBeGreaterThan(100);
    await terminal.until((screen) => counted(screen) < first, 'the countdown to go on');
    await enterThrough(terminal, '› Prove it now, and keep it if that holds');
    // Neither the next screen nor coming back from it begins again.
    expect(counted(terminal.screen())).toBeLessThanOrEqual(first);
    const then = counted(terminal.screen());
    await terminal.until((screen) => counted(screen) < then, 'the countdown to go on');
    terminal.press('esc');
    await terminal.seen('› Prove the change that waits');
    expect(counted(terminal.screen())).toBeLessThan(then);

    await enterThrough(terminal, 'Secured.');
    terminal.press('q');
    expect((await terminal.exit()).code).toBe(0);
    expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
    expect(await observe.anonymous(host)).toBe(observe.notAuthorised);
  });

  test('from elsewhere, without the certificate, it can only be put back, and that is said', async () => {
    await using other = await newHome();
    const terminal = await meet(other);
    const seen = (await enterThrough(terminal, '› Put it back now')).join('\n');
    expect(seen).toMatch(
      /which is\s+not\s+on\s+this\s+machine\.\s+To\s+keep\s+the\s+change,\s+run\s+Lockstep\s+where/,
    );
    expect(seen).not.toContain('Prove it now');
    terminal.press('enter');
    await terminal.seen('The change was put back');
    terminal.press('q');
    await terminal.exit();
    expect(await observe.tree(host)).toBe(before);
    expect(await observe.anonymous(host)).toBe(0);
    expect(host.listens(8883)).toBe(false);
  });
});
