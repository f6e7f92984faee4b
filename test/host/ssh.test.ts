import { describe } from 'vitest';
import { hostContract } from './contract.ts';
import { connectTo, makeClient, noSshd, startSshd, temporaryFolder } from './sshd.ts';

describe.skipIf(noSshd)('a host over SSH (needs /usr/sbin/sshd)', () => {
  hostContract(async () => {
    const client = await makeClient();
    const { port } = await startSshd({ authorized: [`${client.key}.pub`] });
    return { host: await connectTo(port, client), folder: await temporaryFolder() };
  });
});
