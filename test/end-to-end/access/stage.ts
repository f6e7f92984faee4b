import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import type { Suite } from '../../support/hosts/suites.ts';
import { makeGoodFiles } from '../corpus/named-files.ts';
import { keepDebian } from '../corpus/placed.ts';
import { joinNetwork, type Network } from './knock/network.ts';

/** A host on which one configuration after the other is met. */
export interface Stage {
  suite: Suite;
  host: TestHost;
  network: Network;
  /** Who logs in. */
  user: string;
  close(): Promise<void>;
}

export async function openStage(suite: Suite, as: 'user' | 'root'): Promise<Stage> {
  const host = await bootHost({ suite, config: 'default' });
  const { user } = host.ssh;
  if (as === 'root') {
    const keys = 'install -D -m 0600 "/home/$1/.ssh/authorized_keys" /root/.ssh/authorized_keys';
    await host.succeed(['sh', '-euc', keys, 'allow', user]);
  }
  await makeGoodFiles(host);
  await keepDebian(host);
  const network = await joinNetwork(host);
  return {
    suite,
    host,
    network,
    user: as === 'root' ? as : user,
    async close() {
      await network.leave();
      await host.close();
    },
  };
}
