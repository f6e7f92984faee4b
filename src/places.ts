import { join, resolve } from 'node:path';

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
 * Specification) and, as in the article, the home folder for the clients; practice keeps to itself,
 * so that playing never touches a real authority or litters the home folder.
 */
export function placesFor(
  environment: Record<string, string | undefined>,
  home: string,
  practice: boolean,
): Places {
  const own = environment.LOCKSTEP_HOME && resolve(environment.LOCKSTEP_HOME);
  if (own)
    return {
      state: join(own, 'state'),
      authority: join(own, 'authority'),
      clients: join(own, 'clients'),
      practice: join(own, 'practice'),
      answers: () => join(own, 'answers.yaml'),
    };
  const folder = (name: string, otherwise: string) => {
    const given = environment[name];
    return join(given?.startsWith('/') ? given : join(home, otherwise), 'mqtt-lockstep');
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
