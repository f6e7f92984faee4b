import { join } from 'node:path';
import { Trouble } from '../../errors/trouble.ts';
import type { Target } from '../../mqtt/target.ts';
import { normalIfAny, withoutZone } from '../../pki/x509/san.ts';
import { clean } from '../../text/clean.ts';
import { exists, readBytes } from '../../this-machine/files.ts';
import type { Setup } from '../contract/setup.ts';

/**
 * Plain MQTT without a user name, as anybody on the network may try it. Of several ports the first will do:
 * it is for seeing.
 */
export function anonymousTarget(setup: Setup): Target {
  const { plainPort: found, answers } = setup;
  const several = typeof found === 'object' && found !== null ? found.oneOf[0] : found;
  const port = several ?? answers.ports.plain;
  return { host: setup.broker.address, port, protocolVersion: 4 };
}

/** The first client's identity, as the client itself will use it. */
export async function mutualTarget(setup: Setup, client = firstClient(setup)): Promise<Target> {
  const { ca, cert, key } = await clientFiles(setup, client);
  return {
    host: setup.broker.address,
    port: setup.answers.ports.tls,
    protocolVersion: 4,
    tls: { ca, cert, key, strict: true, ...calledOtherwise(setup) },
  };
}

/**
 * Where the address that the broker is reached by from here was left out of its certificate, it is
 * asked for by a name that is in it, as its clients will.
 */
function calledOtherwise(setup: Setup): { servername?: string } {
  const [first] = setup.answers.names ?? [];
  return first === undefined || isNamed(setup, setup.broker.address) ? {} : { servername: first };
}

/** Whether the broker's certificate is for that name or address, too. */
export const isNamed = ({ answers }: Setup, name: string): boolean =>
  (answers.names ?? []).includes(normalIfAny(withoutZone(name)));

export const firstClient = (setup: Setup): string => setup.answers.clients[0]?.name ?? 'client01';

/**
 * A client's certificate, its key and the authority's certificate (PEM): what was delivered here,
 * or, for a client on another machine, what the authority keeps of it. Throws a Trouble when they cannot
 * be read.
 */
export async function clientFiles(
  setup: Setup,
  name: string,
): Promise<{ ca: Buffer; cert: Buffer; key: Buffer }> {
  const client = setup.answers.clients.find((item) => item.name === name);
  const here = client === undefined || client.host === 'here';
  const folder = here ? clientFolder(setup, name) : folderOf(setup);
  const read = async (file: string) => {
    const path = join(folder, file);
    const bytes = await readBytes(path);
    if (bytes === null) throw await notThere(setup, name, path);
    return bytes;
  };
  const [ca, cert, key] = await Promise.all([
    read('root_ca.crt'),
    read(`${name}.crt`),
    read(`${name}.key`),
  ]);
  return { ca, cert, key };
}

/** There are no files of a client. */
export class NoFiles extends Trouble {
  override readonly name = 'NoFiles';
}

/** On a new home nothing was set up at all; that is another thing than a file that was lost. */
async function notThere(setup: Setup, name: string, path: string): Promise<NoFiles> {
  const { answers } = setup;
  const authority = folderOf(setup);
  const begun = await exists(join(authority, 'root_ca.crt'));
  return new NoFiles(`There is no certificate of ${name} to try.`, {
    likely: begun
      ? 'It was not issued or delivered yet, or its folder was moved.'
      : `Nothing was set up here yet: there is no authority in ${clean(authority)}.`,
    next: begun
      ? 'Take the steps Certificates and Distribute: lockstep run --through distribute'
      : `Set it up first, guided or with: lockstep run --broker ${clean(answers.broker)}`,
    detail: `missing: ${clean(path)}`,
  });
}

/** Where the authority is, with all that it has issued. */
export const folderOf = ({ answers, folders }: Setup): string =>
  answers.authority.folder ?? folders.authority;

/** Where a client's files go on this machine. */
export function clientFolder(setup: Setup, name: string): string {
  const client = setup.answers.clients.find((item) => item.name === name);
  return client?.folder ?? join(setup.folders.clients, name);
}
