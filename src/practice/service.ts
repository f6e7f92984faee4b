import { Trouble } from '../errors/trouble.ts';
import type { Effective } from '../mosquitto/effective/listener.ts';
import type { OwnService, ServiceState } from '../mosquitto/service/service.ts';
import { startAedes } from './aedes-broker.ts';
import type { PracticeFolder } from './folder.ts';
import { logTail } from './log-file.ts';
import { endOrphan, runningMosquitto, startMosquitto } from './mosquitto-process.ts';
import type { PracticeBroker } from './practice-broker.ts';
import { findDeathSignal, findProgram } from './program.ts';

export interface PracticeOptions {
  folder: PracticeFolder;
  /** Where programs are looked for, as in the PATH variable. */
  searchPath: string;
  /** Reads a configuration as mosquitto does; for the stand-in. */
  readEffective: (mainFile: string) => Promise<Effective>;
  /** Forces one kind; without it the real mosquitto where the machine has one. */
  kind?: 'mosquitto' | 'aedes';
}

/** The practice broker of one folder, started and stopped like a service. */
export async function openPractice(options: PracticeOptions): Promise<PracticeService> {
  const { folder, searchPath, readEffective, kind } = options;
  const mosquitto = kind === 'aedes' ? null : await findProgram('mosquitto', searchPath);
  if (kind === 'mosquitto' && !mosquitto)
    throw new Trouble('There is no mosquitto on this machine.', {
      next: 'Install it, or practise with the stand-in.',
    });
  if (!mosquitto)
    return new PracticeService(folder, 'aedes', null, () => startAedes(folder, readEffective));
  const setpriv = await findDeathSignal(searchPath);
  return new PracticeService(folder, 'mosquitto', mosquitto, () =>
    startMosquitto(folder, mosquitto, setpriv),
  );
}

/** See `openPractice`. Everything it throws is a Trouble. */
export class PracticeService implements OwnService {
  readonly kind = 'practice';
  readonly unit = null;
  readonly unmanaged = null;
  readonly program: 'mosquitto' | 'aedes';
  readonly folder: PracticeFolder;
  readonly restartCommand: string;
  /** The mosquitto used, or null for the stand-in. */
  readonly mosquitto: string | null;
  readonly #launch: () => Promise<PracticeBroker>;
  #broker: PracticeBroker | null = null;

  constructor(
    folder: PracticeFolder,
    program: 'mosquitto' | 'aedes',
    mosquitto: string | null,
    launch: () => Promise<PracticeBroker>,
  ) {
    this.folder = folder;
    this.program = program;
    this.mosquitto = mosquitto;
    this.restartCommand = `mosquitto -c ${folder.main}`;
    this.#launch = launch;
  }

  /** What it is, and what differs from a broker on a machine of its own: one sentence each. */
  describe(): string[] {
    const place = `It serves this machine only, on ports ${this.folder.plainPort} (plain) and ${this.folder.tlsPort} (TLS).`;
    if (this.program === 'mosquitto') return ['It is the real mosquitto of this machine.', place];
    return [
      'It is a small stand-in (aedes), not mosquitto; it reads the same configuration.',
      place,
      'The stand-in speaks MQTT 3.1.1, not MQTT 5.',
      'It closes the connection without a word where mosquitto says what is wrong with a client certificate.',
      'It forgets retained messages when it is restarted, and knows no access control lists, bridges or web sockets.',
    ];
  }

  /** Starts it unless it serves already; one left behind by a program that died is ended first. */
  async start(): Promise<void> {
    if (this.#broker?.running()) return;
    const found = this.program === 'mosquitto' ? await runningMosquitto(this.folder) : null;
    if (found && !found.orphan) return;
    if (found) await endOrphan(this.folder, found.pid);
    this.#broker = await this.#launch();
  }

  /** Stops it; idempotent. Not when another Lockstep that still runs has started it. */
  async stop(): Promise<void> {
    if (this.#broker) {
      await this.#broker.stop();
      this.#broker = null;
      return;
    }
    const found = this.program === 'mosquitto' ? await runningMosquitto(this.folder) : null;
    if (found?.orphan) await endOrphan(this.folder, found.pid);
    else if (found) {
      throw new Trouble('The practice broker belongs to another Lockstep that runs now.', {
        likely: `It was started by process ${found.parent}.`,
        next: 'Leave that one first.',
        exitCode: 3,
      });
    }
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async state(): Promise<ServiceState> {
    const own = this.#broker;
    if (own?.running()) return { running: true, pid: own.pid, since: own.since, enabled: null };
    const found = this.program === 'mosquitto' ? await runningMosquitto(this.folder) : null;
    return { running: found !== null, pid: found?.pid ?? null, since: null, enabled: null };
  }

  log(lines: number): Promise<string[]> {
    return logTail(this.folder.log, lines);
  }
}
