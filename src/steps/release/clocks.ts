import { join } from 'node:path';
import type { Host } from '../../host/api/host.ts';
import { lookAtClock } from '../../host/clock/clock.ts';
import { readCertificate } from '../../pki/x509/read-certificate.ts';
import { validity } from '../../pki/x509/validity.ts';
import { readText } from '../../this-machine/files.ts';
import type { Plan } from '../contract/plan.ts';
import type { Setup } from '../contract/setup.ts';
import { brokerFiles } from '../reach/goal.ts';
import { folderOf } from '../reach/targets.ts';
import type { ClientDelivery } from './client-delivery.ts';
import { clockNotes, type Dated, refuseByClock } from './clock-gate.ts';

/**
 * Looks at the clock of the broker's host, which judges every client's certificate, and of those that
 * these clients' files go to, which judge the broker's. Throws the Trouble of the first on which a
 * certificate would not be valid now; otherwise what is to be told. One round trip, all at once;
 * none for this machine, whose clock is ours.
 */
export async function clocksAllow(
  setup: Setup,
  clients: readonly ClientDelivery[] = [],
): Promise<Plan['notes']> {
  const { names } = brokerFiles(setup);
  const everyClient = setup.answers.clients.map(({ name }) => `${name}.crt`);
  const wanted = new Map<string, { host: Host; files: Set<string> }>();
  const on = (host: Host, files: string[]) => {
    if (host.kind !== 'ssh') return;
    const there = wanted.get(host.name) ?? { host, files: new Set() };
    for (const file of [names.authority, names.certificate, ...files]) there.files.add(file);
    wanted.set(host.name, there);
  };
  on(setup.broker.host, everyClient);
  for (const { host, name } of clients) on(host, [`${name}.crt`]);

  const notes = [...wanted.values()].map(async ({ host, files }) => {
    const [clock, dated] = await Promise.all([lookAtClock(host, setup.now), dates(setup, files)]);
    if (clock === null) return [];
    refuseByClock(host.name, clock, dated, setup.now());
    return clockNotes(host.name, clock, setup.now());
  });
  return (await Promise.all(notes)).flat();
}

/** What the authority has issued by these names, or would issue now. */
function dates(setup: Setup, files: Iterable<string>): Promise<Dated[]> {
  const { certificates, authority } = setup.answers;
  const { names } = brokerFiles(setup);
  const all = [...files].map(async (file): Promise<Dated> => {
    const pem = await readText(join(folderOf(setup), file)).catch(() => null);
    const { days } = file === names.authority ? authority : certificates;
    const { notBefore, notAfter } =
      pem === null ? validity(setup.now(), days) : readCertificate(pem, file).facts;
    return { what: `the certificate ${file}`, notBefore, notAfter };
  });
  return Promise.all(all);
}
