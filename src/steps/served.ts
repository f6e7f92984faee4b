import { X509Certificate } from 'node:crypto';
import { probe } from '../mqtt/probe.ts';
import type { ReleaseStanding } from './release.ts';
import type { Setup } from './setup.ts';
import { mutualTarget } from './targets.ts';

/**
 * Whether the running broker shows another certificate than the one that is in place for it, in one
 * sentence: it reads its files when it starts, so that a renewed one may never have been taken up. Null
 * when it does not, or shows none.
 */
export async function servesOther(
  setup: Setup,
  standing: ReleaseStanding | null,
): Promise<string | null> {
  const certificate = standing?.release.files[1]?.bytes;
  if (!certificate) return null;
  const target = await mutualTarget(setup).catch(() => null);
  if (!target) return null;
  const served = (await probe(target, setup.signal)).tls?.peerFingerprint;
  return served === undefined || served === new X509Certificate(certificate).fingerprint256
    ? null
    : 'The broker shows another certificate than the one in its folder: it has not been restarted since.';
}
