import { candidateFor } from '../../../src/mosquitto/candidate/candidate.ts';
import type { ConfigurationFiles } from '../../../src/mosquitto/config/files/files.ts';
import { readConfiguration } from '../../../src/mosquitto/config/reader/read.ts';
import { effective } from '../../../src/mosquitto/effective/effective.ts';
import type { Layout } from '../../../src/mosquitto/service/broker.ts';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import { plainPortOf } from '../../../src/steps/plain-port/find.ts';
import { goalOf } from '../../../src/steps/reach/goal.ts';
import { main } from './reading.ts';

export const etc = '/etc/mosquitto';
export const layout = {
  main,
  access: `${etc}/conf.d/access.conf`,
  certificates: `${etc}/certs`,
} as Layout;
export const choices = ['refuse', 'loopback', 'remove', 'open'] as const;
export type Choice = (typeof choices)[number];
export type Kept = 'close' | 'keep';

/** What Harden would make of a configuration; null where it has to be told first which port is meant. */
export async function hardened(
  files: ConfigurationFiles,
  version: string,
  plainListener: Choice,
  otherTls: Kept,
) {
  const present = await readConfiguration(files, main, version);
  const answers = {
    ...defaultAnswers('x'),
    names: ['b'],
    plainListener,
    minimumTls: '1.2',
    otherTls,
  };
  const written = await files.read(layout.access);
  const text = written && Buffer.from(written).toString('latin1');
  const look = { effective: effective(present, version) };
  const plainPort = plainPortOf(answers as Setup['answers'], look, text);
  if (typeof plainPort === 'object' && plainPort !== null) return null;
  const broker = { host: { kind: 'ssh' }, layout };
  const goal = goalOf({ answers, plainPort, broker } as unknown as Setup, present);
  const candidate = await candidateFor(goal, files, present, layout, version);
  return { goal, present, candidate };
}
