import type { Setup } from '../../src/steps/contract/setup.ts';
import type { Step } from '../../src/steps/contract/step.ts';
import { clientFolder } from '../../src/steps/reach/targets.ts';
import { shellQuoted } from '../../src/text/typed.ts';

/** Where a set-up keeps what it has made, and how a client would use it. */
export interface Belongings {
  /** The authority's folder, on this machine. */
  authority: string;
  clients: {
    name: string;
    /** `here`, or the machine the files went to. */
    host: string;
    folder: string;
  }[];
  /** What the first client would type to see and send a message, as one types it. */
  connect: string[];
}

/** What the present set-up has, whether or not it was made already. */
export function belongings(setup: Setup, verify: Step): Belongings {
  const { answers, folders } = setup;
  const clients = answers.clients.map(({ name, host, folder }) => ({
    name,
    host,
    folder: host === 'here' ? clientFolder(setup, name) : (folder ?? `~/${name}`),
  }));
  return {
    authority: answers.authority.folder ?? folders.authority,
    clients,
    connect: [
      ...clients.slice(0, 1).map(({ folder }) => `cd ${inShell(folder)}`),
      ...verify.byHand(setup).filter((line) => /^mosquitto_(sub|pub) .*--cert /.test(line)),
    ],
  };
}

/** A shell looks for `~` only outside of quotes. */
const inShell = (folder: string): string =>
  folder.startsWith('~/')
    ? `~/${shellQuoted(folder.slice(2))}`
    : folder === '~'
      ? folder
      : shellQuoted(folder);
