import { isAbsolute, join } from 'node:path';
import { Trouble } from '../errors/trouble.ts';
import { absolutePath, type From } from './paths.ts';

/** Where this machine keeps what, for one user. All absolute paths. */
export interface Places {
  /** What is remembered of each set-up, and the lock. */
  state: string;
  authority: string;
  /** A client's files go to a folder of its name in here. */
  clients: string;
  /** The practice broker's own file system. */
  practice: string;
  /** Where the answers of a site are written to when they are asked for. */
  answers(site: string): string;
}

/**
 * With `LOCKSTEP_HOME` everything is in that one folder. Otherwise the XDG folders (Base Directory
 * Specification, by which those that are not absolute do not count) and, as in the article, the home folder for the clients; practice keeps to itself,
 * so that playing never touches a real authority or litters the home folder. Throws a Trouble where
 * one of them is no path, or no home folder is known.
 */
export function placesFor(
  environment: Record<string, string | undefined>,
  from: From,
  practice: boolean,
): Places {
  if (environment.LOCKSTEP_HOME) {
    const own = absolutePath(environment.LOCKSTEP_HOME, from, 'LOCKSTEP_HOME');
    return {
      state: join(own, 'state'),
      authority: join(own, 'authority'),
      clients: join(own, 'clients'),
      practice: join(own, 'practice'),
      answers: () => join(own, 'answers.yaml'),
    };
  }
  const { home } = from;
  if (home === '') throw noHome();
  const folder = (name: string, otherwise: string) => {
    const given = environment[name] ?? '';
    const taken = isAbsolute(given) ? absolutePath(given, from, name) : join(home, otherwise);
    return join(taken, 'mqtt-lockstep');
  };
  const state = folder('XDG_STATE_HOME', '.local/state');
  const data = folder('XDG_DATA_HOME', '.local/share');
  return {
    state,
    authority: practice ? join(data, 'practice', 'authority') : join(data, 'authority'),
    clients: practice ? join(data, 'practice', 'clients') : home,
    practice: join(data, 'practice', 'broker'),
    answers: (site) => join(state, `answers-${site}.yaml`),
  };
}

const noHome = (): Trouble =>
  new Trouble('Which folder is the home folder is not known here.', {
    likely: 'HOME is not set, and the user who runs this has no account on this machine.',
    next: 'Set HOME, or LOCKSTEP_HOME, to a folder of your own.',
    exitCode: 4,
  });
