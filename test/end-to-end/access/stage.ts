import { bootHost, type TestHost } from '../../hosts/host.ts';
import type { Suite } from '../../hosts/suites.ts';
import { makeGoodFiles } from '../corpus/named-files.ts';
import { keepDebian } from '../corpus/placed.ts';
import { joinNetwork, type Network } from './network.ts';

/** A host on which one configuration after the other is met. */
export interface Stage {
  suite: Suite;
  host: TestHost;
  network: Network;
  close(): Promise<void>;
}

export async function openStage(suite: Suite): Promise<Stage> {
  const host = await bootHost({ suite, config: 'default' });
  await makeGoodFiles(host);
  await keepDebian(host);
  const network = await joinNetwork(host);
  return {
    suite,
    host,
    network,
    async close() {
      await network.leave();
      await host.close();
    },
  };
}
