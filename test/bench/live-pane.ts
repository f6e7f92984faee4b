import mqtt from 'mqtt';
import { launcher, newHome } from '../support/program/lockstep.ts';
import { enterThrough } from '../support/terminal/steps-by-keys.ts';
import { Terminal } from '../support/terminal/terminal.ts';
import { median, type Row } from './row.ts';

/** Bytes that one new message in the live pane costs at 80x24, while it fills and when it is full. */
export async function livePane(runs: number): Promise<Row[]> {
  await using home = await newHome();
  const terminal = new Terminal(process.execPath, [launcher], { env: home.environment });
  try {
    await terminal.seen('Which broker?');
    await enterThrough(terminal, /› Go on to Authority/);
    await terminal.seen(/test\/test +Test1/);
    const port = /localhost:(\d+)|127\.0\.0\.1:(\d+)/.exec(terminal.screen());
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port?.[1] ?? port?.[2]}`);
    let number = 10;
    const message = async (): Promise<number> => {
      const payload = `${++number}.5`;
      await terminal.quiet(300);
      const before = terminal.bytes();
      await client.publishAsync('test/temp', payload);
      await terminal.seen(new RegExp(`test/temp +${payload}`));
      await terminal.quiet(300);
      return terminal.bytes() - before;
    };
    // A full redraw: the same frame after the terminal has changed its size.
    const redraw = async (): Promise<number> => {
      terminal.resize(81, 24);
      await terminal.quiet(300);
      const before = terminal.bytes();
      terminal.resize(80, 24);
      await terminal.until(() => terminal.bytes() > before, 'a redraw');
      await terminal.quiet(300);
      return terminal.bytes() - before;
    };
    const whole = await redraw();
    const filling = [await message(), await message()];
    // Until the oldest has scrolled away there is room.
    while (/test\/test +Test1/.test(terminal.screen())) await message();
    const full: number[] = [];
    for (let run = 0; run < runs; run++) full.push(await message());
    await client.endAsync();
    const row = (what: string, seen: number[]): Row => ({
      what,
      ours: median(seen),
      peer: { what: 'the whole frame again', value: whole },
      unit: 'bytes',
      bound: { of: 'value', atMost: 300 },
      runs: seen.length,
    });
    return [row('a message, pane filling', filling), row('a message, pane full', full)];
  } finally {
    await terminal.close();
  }
}
