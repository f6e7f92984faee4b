import { scriptCommand } from '../../host-scripts/script.ts';
import { certificatePeriods, listPeriods, type Period } from '../../pki/x509/pem-validity.ts';
import { seenFrom } from '../config/files/working-folder.ts';
import type { Memory } from '../config/model/memory.ts';
import type { Look } from '../inspection/look.ts';
import type { Broker } from '../service/broker.ts';
import type { Finding } from './advice/finding.ts';
import { audit } from './audit.ts';
import type { AuditFacts, ValidityFact } from './rules/certificates.ts';

/** What is to be said of a broker's configuration, with what its machine shows of the files it names. */
export async function auditOn(broker: Broker, look: Look): Promise<Finding[]> {
  const { configuration, files } = look;
  const facts = await namedFiles(broker, configuration.memory);
  return audit(files, configuration.mainPath, broker.version, facts);
}

const kinds = ['certfile', 'cafile', 'crlfile', 'keyfile'] as const;

/** More than anybody has; each may bring a megabyte. */
const mostFiles = 40;

/** Looks at the files that listeners name, as root, by their machine's clock, in one round trip if any. */
async function namedFiles(
  { host, layout }: Broker,
  memory: Memory,
): Promise<AuditFacts | undefined> {
  const files = memory.listeners.flatMap(({ settings }) =>
    kinds.flatMap((kind) => {
      const path = settings.get(kind)?.value;
      return typeof path === 'string' ? [{ kind, path }] : [];
    }),
  );
  const paths = [...new Set(files.map(({ path }) => path))].slice(0, mostFiles);
  if (paths.length === 0) return undefined;
  const { stdout } = await host.run(
    scriptCommand('mosquitto/named-files', ...paths.map((path) => seenFrom(layout.cwd, path))),
    {
      root: true,
      doing: 'Looking at the certificates',
      limit: 64 * 1024 * 1024,
    },
  );
  const [now = '', ...lines] = stdout.split('\n');
  if (!/^\d{1,12}$/.test(now)) return undefined;
  const readable: string[] = [];
  const validity: ValidityFact[] = [];
  for (const [index, path] of paths.entries()) {
    const [others = '', encoded = ''] = lines.slice(2 * index);
    const pem = Buffer.from(encoded, 'base64').toString('latin1');
    const kind = files.find((file) => file.path === path)?.kind;
    if (others === 'open') readable.push(path);
    const period = kind && together(kind, pem);
    if (period) validity.push({ path, ...period });
  }
  return { now: new Date(Number(now) * 1000), validity, readable };
}

/**
 * When what is in a file serves. A certificate needs all of its chain, and of lists each stops the clients
 * of its authority; of several authorities one that is valid lets somebody in.
 */
function together(kind: (typeof kinds)[number], pem: string): Period | null {
  const periods = kind === 'crlfile' ? listPeriods(pem) : certificatePeriods(pem);
  if (periods.length === 0) return null;
  const begins = periods.map(({ notBefore }) => notBefore.getTime());
  const ends = periods.map(({ notAfter }) => notAfter.getTime());
  const any = kind === 'cafile';
  return {
    notBefore: new Date(any ? Math.min(...begins) : Math.max(...begins)),
    notAfter: new Date(any ? Math.max(...ends) : Math.min(...ends)),
  };
}
