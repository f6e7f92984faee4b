import { join, posix } from 'node:path';
import { Trouble } from '../../errors/trouble.ts';
import type { Host } from '../../host/api/host.ts';
import { scriptCommand } from '../../host-scripts/script.ts';
import { readCertificate } from '../../pki/x509/read-certificate.ts';
import { clean } from '../../text/clean.ts';
import { readNeeded } from '../../this-machine/files.ts';
import type { Setup } from '../contract/setup.ts';
import { clientFolder, folderOf } from '../reach/targets.ts';
import { type Delivery, standing } from './delivery.ts';

/** Where one client's files go and what they are. */
export interface ClientDelivery {
  name: string;
  host: Host;
  folder: string;
  files: Delivery[];
  /** The one of them that is the client's certificate. */
  certificate: Delivery;
}

/** The files of every client and the machine each goes to; the folder is 0700, the key 0600. */
export async function clientDeliveries(setup: Setup): Promise<ClientDelivery[]> {
  const authority = folderOf(setup);
  const ca = await readNeeded(join(authority, 'root_ca.crt'));
  const deliveries: ClientDelivery[] = [];
  for (const client of setup.answers.clients) {
    const { name } = client;
    const { host, folder } = await clientPlace(setup, client);
    const [cert, key] = await Promise.all([
      readNeeded(join(authority, `${name}.crt`)),
      readNeeded(join(authority, `${name}.key`)),
    ]);
    const file = (path: string, bytes: Buffer, mode: number, what: string): Delivery => ({
      path: posix.join(folder, path),
      bytes,
      ownership: { mode },
      what,
    });
    const certificate = file(`${name}.crt`, cert, 0o644, `the certificate of ${name}`);
    deliveries.push({
      name,
      host,
      folder,
      certificate,
      files: [
        file(`${name}.key`, key, 0o600, `the key of ${name}`),
        certificate,
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
  if (where === 'here') return { host, folder: clientFolder(setup, name) };
  const there = folder ?? `~/${name}`;
  return { host, folder: there.startsWith('~') ? await atHome(host, there.slice(1)) : there };
}

/** A path in the home folder of whoever logs in there, as that machine has it. */
async function atHome(host: Host, path: string): Promise<string> {
  const { stdout } = await host.run(scriptCommand('host/home'), {
    doing: 'Asking for the home folder',
  });
  if (!stdout.startsWith('/'))
    throw new Trouble(`The home folder on ${host.name} cannot be found out.`, {
      next: 'Give the full path of a folder for this client.',
    });
  return posix.join(stdout, path);
}

/**
 * Refuses a folder in which files of the same names belong to somebody else: a certificate under our
 * name that another authority signed, or a key without its certificate. Nothing is overwritten then.
 */
export async function refuseForeign(setup: Setup, delivery: ClientDelivery): Promise<void> {
  const { host, files, certificate, name, folder } = delivery;
  const there = await standing(host, files, false);
  if (there.every((one) => one === 'right' || one === 'missing')) return;
  const bytes = await host.read(certificate.path);
  const ca = String(await readNeeded(join(folderOf(setup), 'root_ca.crt')));
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
