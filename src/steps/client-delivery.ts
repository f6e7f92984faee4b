import { join, posix } from 'node:path';
import { clean } from '../clean.ts';
import { readGiven } from '../host/given-file.ts';
import type { Host } from '../host/host.ts';
import { readCertificate } from '../pki/read-certificate.ts';
import { Trouble } from '../trouble.ts';
import { type Delivery, standing } from './delivery.ts';
import type { Setup } from './setup.ts';
import { clientFolder, folderOf } from './targets.ts';

/** Where one client's files go and what they are. */
export interface ClientDelivery {
  name: string;
  host: Host;
  folder: string;
  files: Delivery[];
}

/** The files of every client and the machine each goes to; the folder is 0700, the key 0600. */
export async function clientDeliveries(setup: Setup): Promise<ClientDelivery[]> {
  const authority = folderOf(setup);
  const ca = await readGiven(join(authority, 'root_ca.crt'));
  const deliveries: ClientDelivery[] = [];
  for (const client of setup.answers.clients) {
    const { name } = client;
    const { host, folder } = await clientPlace(setup, client);
    const [cert, key] = await Promise.all([
      readGiven(join(authority, `${name}.crt`)),
      readGiven(join(authority, `${name}.key`)),
    ]);
    const file = (path: string, bytes: Buffer, mode: number, what: string): Delivery => ({
      path: posix.join(folder, path),
      bytes,
      ownership: { mode },
      what,
    });
    deliveries.push({
      name,
      host,
      folder,
      files: [
        file(`${name}.key`, key, 0o600, `the key of ${name}`),
        file(`${name}.crt`, cert, 0o644, `the certificate of ${name}`),
        file('root_ca.crt', ca, 0o644, 'the authority that vouches for the broker'),
      ],
    });
  }
  return deliveries;
}

/** The machine and the folder of a client's files. */
export async function clientPlace(
  setup: Setup,
  { name, host: where, folder }: Setup['answers']['clients'][number],
): Promise<Pick<ClientDelivery, 'host' | 'folder'>> {
  const host = await setup.clientHost(where);
  return where === 'here'
    ? { host, folder: clientFolder(setup, name) }
    : { host, folder: folder ?? (await home(host, name)) };
}

async function home(host: Host, name: string): Promise<string> {
  const { stdout } = await host.run(['sh', '-c', 'printf %s "$HOME"'], {
    doing: 'Asking for the home folder',
  });
  if (!stdout.startsWith('/'))
    throw new Trouble(`The home folder on ${host.name} cannot be found out.`, {
      next: 'Give a folder for this client in the answers file.',
    });
  return posix.join(stdout, name);
}

/**
 * Refuses a folder in which files of the same names belong to somebody else: a certificate under our
 * name that another authority signed, or a key without its certificate. Nothing is overwritten then.
 */
export async function refuseForeign(setup: Setup, delivery: ClientDelivery): Promise<void> {
  const { host, files, name, folder } = delivery;
  const there = await standing(host, files, false);
  if (there.every((one) => one === 'right' || one === 'missing')) return;
  const certificate = files[1];
  const bytes = certificate ? await host.read(certificate.path) : null;
  const ca = String(await readGiven(join(folderOf(setup), 'root_ca.crt')));
  const ours = (() => {
    try {
      const root = readCertificate(ca, 'root_ca.crt');
      return readCertificate(String(bytes), `${name}.crt`).x509.verify(root.publicKey);
    } catch {
      return false;
    }
  })();
  if (ours) return;
  const where = host.kind === 'ssh' ? ` on ${clean(host.name, 80)}` : '';
  throw new Trouble(`${clean(folder)}${where} has somebody else's files in it.`, {
    likely: `There are files named like those of ${name} that this authority did not make.`,
    next: 'Move them away, or choose another folder or another name for this client.',
    detail: files
      .filter((_, index) => there[index] === 'wrong-content')
      .map((file) => clean(file.path))
      .join('\n'),
  });
}
