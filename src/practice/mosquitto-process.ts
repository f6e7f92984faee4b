import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { scriptCommand } from '../host-scripts/script.ts';
import { probe } from '../mqtt/probe.ts';
import { cleanLines } from '../text/clean.ts';
import type { PracticeFolder } from './folder.ts';
import { logSince, logSize } from './log-file.ts';
import { endProcess, type Process, processOf } from './orphan.ts';
import { doesNotStart, type PracticeBroker } from './practice-broker.ts';

const startSeconds = 10;
const stopSeconds = 5;

/**
 * Starts the real mosquitto on the practice folder and returns when it serves. Rejects with a
 * Trouble that has its own words when it does not. `setpriv` (program.ts) ends it with us.
 */
export async function startMosquitto(
  folder: PracticeFolder,
  mosquitto: string,
  setpriv: string | null,
): Promise<PracticeBroker> {
  const argv = [mosquitto, '-c', folder.main];
  const [program = '', ...rest] = setpriv ? withUs(setpriv, argv) : argv;
  const offset = await logSize(folder.log);
  // A session of its own: Ctrl-C and a hang-up of our terminal are not for the broker, which would
  // take the latter for "reload".
  const child = spawn(program, rest, {
    cwd: folder.root,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = exitOf(child);
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-16_384);
  });
  const words = async () => errors + (await logSince(folder.log, offset));
  if (child.pid !== undefined) await remember(folder, child.pid);

  const broker: PracticeBroker = {
    pid: child.pid ?? null,
    since: Math.floor(Date.now() / 1000),
    running: () => child.pid !== undefined && child.exitCode === null && child.signalCode === null,
    stop: async () => {
      if (broker.running()) {
        child.kill('SIGTERM');
        const late = setTimeout(() => child.kill('SIGKILL'), stopSeconds * 1000);
        await exited;
        clearTimeout(late);
      }
      await rm(folder.pidFile, { force: true });
    },
  };

  try {
    await ready(folder, broker, exited, words);
  } catch (error) {
    await broker.stop();
    throw error;
  }
  // Neither the child nor what it might still say keeps our program from ending.
  child.unref();
  (child.stderr as { unref?: () => void } | null)?.unref?.();
  return broker;
}

/**
 * What ends together with us, however we end. Not by TERM: mosquitto loses one that comes between "running"
 * in its log and its first turn. We may have died before that was asked for: then its parent is another.
 */
function withUs(setpriv: string, argv: readonly string[]): string[] {
  const command = scriptCommand('host/with-parent', `${process.pid}`, ...argv);
  return [setpriv, '--pdeathsig', 'KILL', ...command];
}

/** Resolves when the child has ended or could not be started; says which in plain words. */
async function exitOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = await once(child, 'exit');
    return signal ? `ended by ${signal}` : `exit status ${code}`;
  } catch (error) {
    return `cannot be started: ${(error as Error).message}`;
  }
}

async function ready(
  folder: PracticeFolder,
  broker: PracticeBroker,
  exited: Promise<string>,
  words: () => Promise<string>,
): Promise<void> {
  let ended: string | null = null;
  exited.then((how) => {
    ended = how;
  });
  const begun = Date.now();
  while (Date.now() - begun < startSeconds * 1000) {
    if (ended !== null) throw doesNotStart(cleanLines(`${await words()}\n(${ended})`));
    if (/mosquitto version \S+ running/.test(await words())) return;
    // A configuration may have turned that line of the log off: then a listener must answer.
    if (Date.now() - begun > 2000 && (await answers(folder)) && broker.running()) return;
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  throw doesNotStart(cleanLines(`${await words()}\n(it does not serve after ${startSeconds} s)`));
}

async function answers(folder: PracticeFolder): Promise<boolean> {
  const common = { host: '127.0.0.1', protocolVersion: 4, timeoutSeconds: 1 } as const;
  const plain = await probe({ ...common, port: folder.plainPort });
  if (plain.connack !== undefined) return true;
  const secure = await probe({ ...common, port: folder.tlsPort, tls: { strict: false } });
  return secure.tls !== undefined;
}

const pidRecord = z.object({ pid: z.number().int().positive(), program: z.number().int() });

async function remember(folder: PracticeFolder, pid: number): Promise<void> {
  await writeFile(folder.pidFile, JSON.stringify({ pid, program: process.pid }));
}

/** The mosquitto that runs on this folder, whoever started it; `orphan` when that program is gone. */
export async function runningMosquitto(
  folder: PracticeFolder,
): Promise<(Process & { orphan: boolean }) | null> {
  const record = await readFile(folder.pidFile, 'utf8')
    .then((text) => pidRecord.safeParse(JSON.parse(text)).data)
    .catch(() => undefined);
  if (!record) return null;
  const found = await processOf(record.pid);
  if (!found || !isOurs(found, folder)) return null;
  return { ...found, orphan: found.parent !== record.program };
}

/** Ends a broker that outlived the program which started it. */
export async function endOrphan(folder: PracticeFolder, pid: number): Promise<void> {
  await endProcess(pid, async () => {
    const found = await processOf(pid);
    return found !== null && isOurs(found, folder);
  });
  await rm(folder.pidFile, { force: true });
}

/** Only a process whose arguments name our configuration is ours: numbers are used again. */
function isOurs(found: Process, folder: PracticeFolder): boolean {
  return found.command.endsWith(` -c ${folder.main}`);
}
