import { expect } from 'vitest';
import { runInterrupted } from '../stage/interrupted.ts';
import { expectOldOrNew, fault, leftAlone, type Stage } from '../stage/stage.ts';

/** The broker's machine goes down as soon as the new files are in use, and comes up by itself. */
const goesDown =
  (how: 'clean' | 'power-cut') =>
  async (stage: Stage): Promise<string> => {
    const { host } = stage;
    let down: Promise<void> | undefined;
    const run = await runInterrupted(stage, (line) => {
      if (!down && /"event":"change","step":"harden"|Making the change/.test(line))
        down = host.reboot(how);
      return down;
    });
    expect(down, run.stdout).toBeDefined();
    // Cut off it says so, and that it can be resumed; what it had proved before stands.
    if (run.code !== 0)
      expect({ code: run.code, said: run.stderr !== '' }, run.stderr).toEqual({
        code: 3,
        said: true,
      });
    expect(run.seconds).toBeLessThan(100);
    await leftAlone(host);
    const service = await expectOldOrNew(stage);
    return service === 'old' ? 'put back at boot' : 'secured';
  };

fault('3-power-cut', goesDown('power-cut'));
fault('3-reboot', goesDown('clean'));
