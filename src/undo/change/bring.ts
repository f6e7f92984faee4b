import { createHash } from 'node:crypto';
import { Trouble } from '../../errors/trouble.ts';
import type { Ownership } from '../../host/api/host.ts';
import { endedThere, wasEnded } from '../../host/programs/failures.ts';
import { exitName, hostScript } from '../../host-scripts/script.ts';
import type { Broker } from '../../mosquitto/service/broker.ts';
import { clean, cleanLines } from '../../text/clean.ts';
import { notRegistered } from '../put-back/troubles.ts';
import { controlKind, detachedIn } from './detached.ts';

/** A folder that is not there yet, and what is to be in it. */
export interface Folder {
  path: string;
  /** Beside it: where it is made ready, for root alone. */
  staging: string;
  /** Part of the name of what is kept of it. */
  word: string;
  files: { name: string; bytes: Buffer; ownership: Ownership }[];
}

/**
 * Brings a whole folder to the broker's host in one go: registered first, made ready out of sight, read
 * back, then named. Throws a Trouble, and then nothing is under its name.
 */
export async function bring(
  { host, layout, service }: Broker,
  folder: Folder,
  token: string | null,
): Promise<void> {
  const input = folder.files.map(({ name, bytes, ownership }) => {
    const { mode, owner, group } = ownership;
    const who = owner === undefined ? '-' : `${owner}:${group ?? ''}`;
    const sum = createHash('sha256').update(bytes).digest('hex');
    return `${[name, mode.toString(8), who, sum, bytes.toString('base64')].join('\t')}\n`;
  });
  const args = [
    ...[layout.state, layout.runtime, token ?? '-', controlKind(service)],
    ...[folder.word, folder.path, folder.staging],
  ];
  const name = clean(host.name, 80);
  const doing = 'Bringing files';
  // It waits 100 seconds itself for a change that is under way.
  const result = await host.run([...detachedIn(130, hostScript('undo/bring')), ...args], {
    ...{ root: true, timeoutSeconds: 140, doing, input: `${input.join('')}end\n` },
  });
  if (result.code === 0) return;
  if (wasEnded(result)) throw endedThere(doing, name);
  const came = exitName('undo/bring', result.code);
  if (came === 'not-as-sent')
    throw new Trouble(`What was written to ${name} does not read back the same.`, {
      likely: 'The file system there keeps no owners or modes, or somebody else writes there too.',
      next: `Look at ${clean(folder.path)} there, then try again. Nothing of it is left.`,
      detail: cleanLines(result.stderr, 5).join('\n'),
    });
  if (came === 'lock-lost')
    throw new Trouble('Somebody else works on this broker now.', {
      likely: 'This session was silent for so long that the lock there was taken over.',
      next: 'See who it is ("lockstep status"), then try again. Nothing was changed.',
      exitCode: 3,
    });
  throw notRegistered(
    `The broker's files could not be put into place on ${name}.`,
    folder.path,
    result,
  );
}
