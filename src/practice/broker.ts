import { join } from 'node:path';
import { Trouble } from '../errors/trouble.ts';
import type { Host } from '../host/api/host.ts';
import { localHost } from '../host/local/local.ts';
import { requireRead } from '../mosquitto/audit/rules/unread.ts';
import { readConfiguration } from '../mosquitto/config/reader/read.ts';
import { effective } from '../mosquitto/effective/effective.ts';
import { hostFiles } from '../mosquitto/inspection/host-files.ts';
import type { Broker } from '../mosquitto/service/broker.ts';
import type { PracticeFolder } from './folder.ts';
import { openPractice, type PracticeService } from './service.ts';

/** The release whose reading of a configuration the stand-in follows. */
const standInVersion = '2.0.22';

export interface PracticeBrokerOptions {
  folder: PracticeFolder;
  /** Where programs are looked for, as in the PATH variable. */
  searchPath: string;
  /** Forces one kind; without it the real mosquitto where the machine has one. */
  kind?: 'mosquitto' | 'aedes';
}

/** The practice broker as the steps see any other. It is not started by this. */
export async function practiceBroker(
  options: PracticeBrokerOptions,
): Promise<Broker & { service: PracticeService }> {
  const { folder, searchPath } = options;
  const host = localHost({
    name: 'practice',
    kind: 'practice',
    environment: { PATH: searchPath },
  });
  const service = await openPractice({
    ...options,
    readEffective: async (main) => {
      const files = await hostFiles(host, {
        folder: folder.configuration,
        access: folder.access,
        cwd: folder.root,
      });
      const configuration = await readConfiguration(files, main, standInVersion);
      requireRead(configuration, false);
      return effective(configuration, standInVersion);
    },
  });
  const version = service.mosquitto ? await versionOf(host, service.mosquitto) : standInVersion;
  return {
    host,
    name: 'practice',
    address: '127.0.0.1',
    names: ['localhost', '127.0.0.1'],
    version,
    program: service.mosquitto ?? '',
    product: service.mosquitto ? `Mosquitto ${version}` : 'a stand-in for Mosquitto',
    ports: { plain: folder.plainPort, tls: folder.tlsPort },
    layout: {
      main: folder.main,
      folder: folder.configuration,
      access: folder.access,
      certificates: folder.certificates,
      authorities: folder.authorities,
      state: folder.state,
      runtime: join(folder.root, 'run'),
      cwd: folder.root,
      keyOwner: null,
    },
    service,
    sockets: [],
    neighbours: [],
    canTry: service.program === 'mosquitto',
    caveats: service.describe(),
  };
}

/** From the first line of its help: 2.0.11 has no option of its own for it. */
async function versionOf(host: Host, mosquitto: string): Promise<string> {
  const { stdout } = await host.run([mosquitto, '-h']);
  const version = /^mosquitto version (\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  if (version) return version;
  throw new Trouble('The mosquitto of this machine does not tell its version.', {
    likely: 'It is a very old or an unusual build.',
    next: 'Install the mosquitto package of your distribution.',
  });
}
