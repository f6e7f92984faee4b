import { inspectAuthority, openAuthority } from '../../pki/authority/authority.ts';
import type { Setup } from '../contract/setup.ts';
import { folderOf } from '../reach/targets.ts';

/** Opens the authority for signing, asking for its passphrase where it has one. */
export async function openForSigning(setup: Setup) {
  const folder = folderOf(setup);
  const found = await inspectAuthority(folder, setup.now());
  if (found.state !== 'sound' || !found.encrypted) return openAuthority(folder, setup.now());
  for (let attempt = 1; ; attempt++) {
    const passphrase = await setup.ask.authorityPassphrase('open', attempt);
    try {
      return await openAuthority(folder, setup.now(), passphrase);
    } catch (error) {
      const wrong = error instanceof Error && error.name === 'KeyTrouble';
      if (!wrong || attempt === 3) throw error;
    }
  }
}
