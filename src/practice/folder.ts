import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { Trouble } from '../errors/trouble.ts';
import { freePorts, isFree, type PracticePorts } from './ports.ts';

/** The practice broker's folder: it stands for the root of the broker's machine. All paths absolute. */
export interface PracticeFolder extends PracticePorts {
  root: string;
  /** `etc/mosquitto`. */
  configuration: string;
  /** `etc/mosquitto/mosquitto.conf`. */
  main: string;
  /** `etc/mosquitto/conf.d/access.conf`, as in the article. */
  access: string;
  certificates: string;
  authorities: string;
  /** Where what was there before a change is kept. */
  state: string;
  log: string;
  pidFile: string;
}

const remembered = z.object({ plainPort: z.number().int(), tlsPort: z.number().int() });

/**
 * Makes the article's starting point, a broker that anyone on this machine can talk to, unless the
 * folder has it already: then nothing is touched. The ports are chosen once and remembered.
 * Rejects with a Trouble when the folder holds something else.
 */
export async function preparePractice(
  folder: string,
  options: { ports?: PracticePorts } = {},
): Promise<PracticeFolder> {
  const root = resolve(folder);
  if (/\p{Cc}/u.test(root)) {
    throw new Trouble('The name of the practice folder cannot be written in a configuration.', {
      next: 'Choose a folder without control characters in its name.',
    });
  }
  const known = await readRemembered(root);
  if (known) return places(root, known);
  const ports = options.ports ?? (await freePorts());
  const made = places(root, ports);
  await create(made);
  // Written last: a folder without it is unfinished, and made anew.
  await writeFile(rememberedFile(root), `${JSON.stringify(ports)}\n`);
  return made;
}

/**
 * Back to the starting point; on the same ports unless another program has taken one. The broker
 * must have been stopped.
 */
export async function resetPractice(folder: string): Promise<PracticeFolder> {
  const root = resolve(folder);
  const known = await readRemembered(root);
  // Only a folder that is known to be ours is ever emptied.
  if (!known) return preparePractice(root);
  const same = (await isFree(known.plainPort)) && (await isFree(known.tlsPort));
  await rm(rememberedFile(root));
  for (const name of ['etc', 'var', 'run'])
    await rm(join(root, name), { recursive: true, force: true });
  return preparePractice(root, same ? { ports: known } : {});
}

async function create(made: PracticeFolder): Promise<void> {
  const folders = [
    join(made.configuration, 'conf.d'),
    made.certificates,
    made.authorities,
    join(made.root, 'var', 'lib', 'mosquitto'),
    join(made.root, 'var', 'log', 'mosquitto'),
    join(made.root, 'run'),
  ];
  for (const path of [made.root, ...folders]) await mkdir(path, { recursive: true });
  await chmod(made.root, 0o700);
  await writeFile(made.main, await mainConfiguration(made));
  await writeFile(made.access, accessConfiguration(made));
}

/** Debian's main file with our paths. */
async function mainConfiguration(made: PracticeFolder): Promise<string> {
  // Started by root, mosquitto becomes the user `mosquitto` and would not reach this folder.
  const ownedByRoot = (await stat(made.root)).uid === 0;
  return [
    '# Place your local configuration in the folder conf.d',
    ...(ownedByRoot ? ['', 'user root'] : []),
    '',
    `pid_file ${join(made.root, 'run', 'mosquitto.pid')}`,
    '',
    'persistence true',
    `persistence_location ${join(made.root, 'var', 'lib', 'mosquitto')}/`,
    '',
    `log_dest file ${made.log}`,
    '',
    `include_dir ${join(made.configuration, 'conf.d')}`,
    '',
  ].join('\n');
}

/** The article's starting point, on the loopback interface only. */
function accessConfiguration(made: PracticeFolder): string {
  return [
    'per_listener_settings true',
    `listener ${made.plainPort} 127.0.0.1`,
    'allow_anonymous true',
    '',
  ].join('\n');
}

function places(root: string, ports: PracticePorts): PracticeFolder {
  const configuration = join(root, 'etc', 'mosquitto');
  return {
    root,
    configuration,
    main: join(configuration, 'mosquitto.conf'),
    access: join(configuration, 'conf.d', 'access.conf'),
    certificates: join(configuration, 'certs'),
    authorities: join(configuration, 'ca_certificates'),
    state: join(root, 'var', 'lib', 'lockstep'),
    log: join(root, 'var', 'log', 'mosquitto', 'mosquitto.log'),
    pidFile: join(root, 'run', 'practice.json'),
    ...ports,
  };
}

const rememberedFile = (root: string) => join(root, 'practice.json');

async function readRemembered(root: string): Promise<PracticePorts | null> {
  const text = await readFile(rememberedFile(root), 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return null;
    throw new Trouble('The practice folder cannot be read.', {
      likely: 'It belongs to somebody else, or its name is that of a file.',
      next: 'Look at its owner and mode, or choose another folder.',
      cause: error,
    });
  });
  if (text === null) return null;
  try {
    return remembered.parse(JSON.parse(text));
  } catch {
    return null; // cut short when it was made: made anew
  }
}
