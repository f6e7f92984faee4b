import { parseTarget, type SshTarget } from '../syntax/target.ts';

/** What was confirmed beforehand, as it counts for one machine. */
export interface Accepted {
  /** Its own fingerprints (`SHA256:...`). */
  own: readonly string[];
  /** Those of other machines: for this one they never count. */
  others: readonly string[];
  /** What stands before a fingerprint of this machine: nothing, or `HOST=`. */
  before: string;
}

/** A fingerprint as it is given, `SHA256:...` or `HOST=SHA256:...`, and the machine before it; '' for none. */
export function hostAndFingerprint(given: string): [host: string, fingerprint: string] {
  const [, host = '', fingerprint = given] = /^([^=]*)=(SHA256:.*)$/s.exec(given) ?? [];
  return [host, fingerprint];
}

/**
 * The fingerprints given, as they count for the machine at `target`, which listens at `port`. A fingerprint is of one
 * machine, by its name as that is typed or stands in ProxyJump, whoever logs in; without a name it is of `plain`. (Any would
 * do for any otherwise: who has the key of one could show himself as another.)
 */
export function acceptedFor(
  target: SshTarget,
  port: number,
  given: readonly string[],
  plain: SshTarget,
): Accepted {
  const isThis = (one: SshTarget) =>
    one.host === target.host &&
    (one.port === target.port || (one.port !== undefined && one.port === port));
  const all = given.map((one) => {
    const [host, fingerprint] = hostAndFingerprint(one);
    return { fingerprint, here: isThis(host === '' ? plain : parseTarget(host)) };
  });
  const own = all.filter(({ here }) => here).map(({ fingerprint }) => fingerprint);
  const others = all.map(({ fingerprint }) => fingerprint).filter((one) => !own.includes(one));
  return { own, others, before: isThis(plain) ? '' : `${written(target)}=` };
}

const written = ({ host, port }: SshTarget): string =>
  port === undefined ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;
