import { posix } from 'node:path';
import type { Change } from '../contract/plan.ts';
import type { Setup } from '../contract/setup.ts';
import { brokerFiles } from '../reach/goal.ts';
import { type ClientDelivery, clientPlace } from '../release/client-delivery.ts';
import { modeText } from '../release/delivery.ts';
import { type Release, releaseName } from '../release/release.ts';

/** What bringing a release to the broker's host changes there. */
export function releaseChanges(setup: Setup, release: Release): Change[] {
  const host = setup.broker.host.name;
  return [
    ...release.files.map(({ path, ownership, what }) => {
      const mode = modeText(ownership.mode);
      const owner = ownership.owner ? `${ownership.owner}:${ownership.group}` : undefined;
      const who = owner ? `${mode} ${owner}` : mode;
      return {
        host,
        action: 'create' as const,
        path,
        mode,
        ...(owner ? { owner } : {}),
        summary: `create ${path} (${who}): ${what}`,
      };
    }),
  ];
}

/** What bringing a client's files changes on its machine. */
export function clientChanges({ host, files }: ClientDelivery): Change[] {
  return files.map(({ path, ownership, what }) => ({
    host: host.name,
    action: 'create',
    path,
    mode: modeText(ownership.mode),
    summary: `create ${path} (${modeText(ownership.mode)}): ${what}`,
  }));
}

/** The same as far as it is known before there are certificates. */
export async function changesLater(setup: Setup): Promise<Change[]> {
  const { folder, names } = brokerFiles(setup);
  const kept = setup.answers.otherTls === 'keep' ? [names.authorities] : [];
  const create = (host: string, path: string): Change => ({
    ...{ host, action: 'create', path },
    summary: `create ${path}`,
  });
  const clients = setup.answers.clients.map(async (client) => {
    const { host, folder } = await clientPlace(setup, client);
    return [`${client.name}.key`, `${client.name}.crt`, 'root_ca.crt'].map((name) =>
      create(host.name, posix.join(folder, name)),
    );
  });
  return [
    ...[names.key, names.certificate, names.authority, ...kept].map((name) =>
      create(setup.broker.host.name, `${folder}/${releaseName(1)}/${name}`),
    ),
    ...(await Promise.all(clients)).flat(),
  ];
}
