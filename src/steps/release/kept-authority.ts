import { join } from 'node:path';
import { Trouble } from '../../errors/trouble.ts';
import { textOf } from '../../mosquitto/config/model/memory.ts';
import { portOf } from '../../mosquitto/effective/port-of.ts';
import { lookAt } from '../../mosquitto/inspection/look.ts';
import { readCertificate } from '../../pki/x509/read-certificate.ts';
import { clean } from '../../text/clean.ts';
import { readNeeded } from '../../this-machine/files.ts';
import type { Setup } from '../contract/setup.ts';
import { brokerFiles } from '../reach/goal.ts';
import { folderOf } from '../reach/targets.ts';
import { whyNotKept } from './kept-listener.ts';

/**
 * Both authorities whose certificates the broker is to take, ours first, where somebody else's is kept
 * beside ours; null where none is. Theirs is what the listener on our port names now, or what the
 * release in use has beside ours. Throws a Trouble where it cannot be kept without letting in others.
 */
export async function bothAuthorities(setup: Setup): Promise<Buffer | null> {
  if (setup.answers.otherTls !== 'keep') return null;
  const ours = String(await readNeeded(join(folderOf(setup), 'root_ca.crt')));
  const [own = ''] = blocks(ours);
  return Buffer.from([own, ...(await theirs(setup, own))].map((block) => `${block}\n`).join(''));
}

/** Throws the same Trouble while there are no certificates of ours yet. */
export async function requireKeepable(setup: Setup): Promise<void> {
  if (setup.answers.otherTls === 'keep') await theirs(setup, '');
}

/** The certificates of their authorities, without our own. */
async function theirs(setup: Setup, own: string): Promise<string[]> {
  const pem = (await inUse(setup)) ?? (await fromTheirListener(setup));
  if (hasOthers(pem))
    throw cannot(
      setup,
      'Its file holds certificates in a form that Lockstep does not read (such as "TRUSTED CERTIFICATE"): their holders would be refused.',
    );
  const others = blocks(pem).filter((block) => block !== own);
  if (others.length === 0) throw cannot(setup, 'Its file holds no other certificate.');
  return others;
}

/** The names that authorities of these files give themselves, by file; of one that cannot be read none. */
export async function authorityNames(
  { broker }: Setup,
  files: readonly string[],
): Promise<Map<string, string>> {
  const found = await Promise.all(
    files.map(async (file): Promise<[string, string][]> => {
      try {
        const pem = String(await broker.host.read(file, { root: true }));
        const names = blocks(pem).map((block) => {
          const { commonName, subject } = readCertificate(block, 'the authority').facts;
          return commonName ?? subject;
        });
        return names.length > 0 ? [[file, clean(names.slice(0, 3).join(', '), 80)]] : [];
      } catch {
        return [];
      }
    }),
  );
  return new Map(found.flat());
}

async function inUse(setup: Setup): Promise<string | null> {
  const { current, names } = brokerFiles(setup);
  const bytes = await setup.broker.host.read(`${current}/${names.authorities}`, { root: true });
  return bytes === null ? null : String(bytes);
}

async function fromTheirListener(setup: Setup): Promise<string> {
  const { configuration } = await lookAt(setup.broker);
  const { tls } = setup.answers.ports;
  const why = whyNotKept(configuration, tls);
  if (why !== null) throw cannot(setup, why);
  const listener = configuration.memory.listeners.find((one) => portOf(one) === tls);
  const file = listener && textOf(listener.settings, 'cafile');
  const bytes = file === undefined ? null : await setup.broker.host.read(file, { root: true });
  if (bytes === null)
    throw cannot(setup, 'Its authority is not in one file (cafile), or that cannot be read.');
  return String(bytes);
}

/** Certificates that OpenSSL reads, and `blocks` does not: "X509 CERTIFICATE", "TRUSTED CERTIFICATE" (PEM_read(3)). */
const hasOthers = (pem: string): boolean =>
  (pem.match(/-----BEGIN [^-]*CERTIFICATE-----/g) ?? []).length > blocks(pem).length;

/** The certificates of a PEM text, each trimmed. */
export const blocks = (pem: string): string[] =>
  pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];

function cannot({ answers }: Setup, why: string): Trouble {
  return new Trouble(`The authority of port ${answers.ports.tls} cannot be kept beside ours.`, {
    likely: why,
    next: 'Choose another port for certificates (ports: {tls: ...}), or close this one (otherTls: close). The configuration was not changed.',
  });
}
