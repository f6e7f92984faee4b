import { posix } from 'node:path';
import { Trouble } from '../../errors/trouble.ts';
import { refusePlanted } from '../../host/files/own-folder.ts';
import { recordDelivery } from '../../pki/register/register.ts';
import { readCertificate } from '../../pki/x509/read-certificate.ts';
import { clean, cleanLines } from '../../text/clean.ts';
import { bring } from '../../undo/change/bring.ts';
import { certificates } from '../certificates/certificates.ts';
import type { Setup } from '../contract/setup.ts';
import type { Check, Step } from '../contract/step.ts';
import { lessons } from '../lessons.ts';
import { requireReachable } from '../reach/reached.ts';
import { folderOf } from '../reach/targets.ts';
import {
  type ClientDelivery,
  clientDeliveries,
  refuseForeign,
} from '../release/client-delivery.ts';
import { clocksAllow } from '../release/clocks.ts';
import { deliver, standing } from '../release/delivery.ts';
import { requireKeepable } from '../release/kept-authority.ts';
import {
  folderFor,
  type Release,
  type ReleaseStanding,
  releaseName,
  releaseOf,
  releaseStanding,
} from '../release/release.ts';
import { distributeByHand } from './by-hand.ts';
import { changesLater, clientChanges, releaseChanges } from './changes.ts';
import { clientQuestions } from './questions.ts';

export interface DistributeReport {
  places: { holder: string; host: string; folder: string; right: boolean; detail: string }[];
}

/** What goes where. */
interface DistributeWork {
  release: Release | null;
  clients: ClientDelivery[];
}

/** What is in the places that the files belong to. */
interface DistributeLook {
  standing: ReleaseStanding;
  clients: { client: ClientDelivery; there: Awaited<ReturnType<typeof standing>> }[];
}

/** Step 5: every file where it belongs, and no key where it does not. */
export const distribute: Step<DistributeReport, DistributeWork, DistributeLook> = {
  ...lessons.distribute,

  questions: clientQuestions,

  byHand: distributeByHand,

  async check(setup): Promise<Check<DistributeReport, DistributeLook>> {
    const issued = await certificates.check(setup);
    if (issued.status === 'blocked') {
      const { detail, trouble } = issued;
      return { status: 'blocked', detail, report: null, ...(trouble && { trouble }) };
    }
    if (issued.status !== 'done')
      return { status: 'todo', detail: 'Needs the certificates first.', report: null };
    const look = await everything(setup);
    const places: DistributeReport['places'] = [];
    const { host } = setup.broker;
    const { release, wrong, releases } = look.standing;
    places.push({
      holder: 'broker',
      host: host.name,
      folder: release.folder,
      right: wrong === null,
      detail: wrong ?? '',
    });
    for (const { client, there } of look.clients) {
      const bad = there.findIndex((one) => one !== 'right');
      places.push({
        holder: client.name,
        host: client.host.name,
        folder: client.folder,
        right: bad < 0,
        detail: bad < 0 ? '' : `${client.files[bad]?.path}: ${there[bad]}`,
      });
    }
    const report = { places };
    const open = places.filter((place) => !place.right);
    if (open.length === 0)
      return {
        status: 'done',
        detail: 'Every file is in its place, with the right owner and mode.',
        report,
      };
    const drifted = releases.newest > 0 && wrong !== null;
    return {
      status: drifted ? 'drifted' : 'todo',
      detail: drifted
        ? wrong
        : `${open.map((place) => place.holder).join(', ')}: not in place yet.`,
      report,
      look,
    };
  },

  async plan(setup, look) {
    // What a check has just seen was seen with the certificates there.
    if (!look && (await certificates.check(setup)).status !== 'done') {
      const [changes, notes] = await Promise.all([
        changesLater(setup),
        clocksAllow(setup),
        requireKeepable(setup),
      ]);
      return { shown: { changes, notes }, work: { release: null, clients: [] } };
    }
    const { host, layout } = setup.broker;
    // Those of the configuration, too: who cannot go on to Harden should not begin.
    const folders = [layout.certificates, layout.authorities, posix.dirname(layout.access)];
    const seen = look ?? (await everything(setup));
    const { wrong, releases } = seen.standing;
    const release = wrong ? await releaseOf(setup, releaseName(releases.newest + 1)) : null;
    const clients = seen.clients
      .filter(({ there }) => there.some((one) => one !== 'right'))
      .map(({ client }) => client);
    const [clocks] = await Promise.all([
      clocksAllow(setup, clients),
      wrong ? requireReachable(setup) : null,
      refusePlanted(host, folders, { root: true, also: layout.keyOwner?.owner ?? '' }),
      ...clients.flatMap((client) => [
        refuseForeign(setup, client),
        refusePlanted(client.host, [client.folder], { root: false }),
      ]),
    ]);
    const shown = {
      changes: [
        ...(release ? releaseChanges(setup, release) : []),
        ...clients.flatMap(clientChanges),
      ],
      notes: [
        ...clocks,
        { text: 'The broker goes on as before: it does not use these files yet.', warning: false },
      ],
    };
    return { shown, work: { release, clients } };
  },

  async *apply(setup, { work: { release, clients } }) {
    const { host } = setup.broker;
    if (release) {
      yield { kind: 'progress', text: `Bringing the broker's files to ${host.name}` };
      await bring(setup.broker, folderFor(release), setup.operator?.token ?? null);
      for (const change of releaseChanges(setup, release)) yield { kind: 'change', change };
      await remember(setup, release.certificate.bytes, `${host.name}:${release.folder}`);
    }
    for (const client of clients) {
      yield { kind: 'progress', text: `Bringing the files of ${client.name}` };
      await makeFolder(client);
      await deliver(client.host, client.files, false);
      for (const change of clientChanges(client)) yield { kind: 'change', change };
      await remember(setup, client.certificate.bytes, `${client.host.name}:${client.folder}`);
    }
  },

  async prove(setup) {
    const { status, detail } = await distribute.check(setup);
    return [
      {
        id: 'files',
        title: 'Owner, mode and content of every file, read back',
        expect: 'accepted',
        observed: status === 'done' ? 'accepted' : 'refused',
        cause: null,
        words: detail,
        pass: status === 'done',
      },
    ];
  },
};

async function everything(setup: Setup): Promise<DistributeLook> {
  const looking = clientDeliveries(setup).then((all) =>
    Promise.all(
      all.map(async (client) => ({
        client,
        there: await standing(client.host, client.files, false),
      })),
    ),
  );
  const [there, clients] = await Promise.all([releaseStanding(setup.broker.host, setup), looking]);
  return { standing: there, clients };
}

/** For its owner alone; one that was there keeps its mode, for others may use it too. */
async function makeFolder({ host, folder }: ClientDelivery): Promise<void> {
  const made = await host.run(['mkdir', '-p', '-m', '0700', '--', folder]);
  if (made.code === 0) return;
  throw new Trouble(`The folder ${clean(folder)} on ${clean(host.name, 80)} cannot be made.`, {
    likely: 'The user who logs in there may not write where it is to be, or a file has its name.',
    next: 'Choose another folder for this client, or make this one by hand.',
    detail: cleanLines(made.stderr, 3).join('\n'),
  });
}

/** Where a certificate went is written into the authority's register. */
async function remember(setup: Setup, pem: Buffer, to: string): Promise<void> {
  const { serial } = readCertificate(String(pem), 'the certificate').facts;
  await recordDelivery(folderOf(setup), [serial], to, setup.now());
}
