import type { Goal } from '../../mosquitto/candidate/access.ts';
import type { Listener } from '../../mosquitto/effective/listener.ts';
import { readableName } from '../../pki/x509/san.ts';
import { clean } from '../../text/clean.ts';
import type { AccessTold } from '../access/access-lines.ts';

/** What changes for those who are let in at the port for certificates as before: of a kept authority above all. */
export function keptNotes(
  { keptAuthority, cafile, ports, minimumTls }: Goal,
  { authorities }: AccessTold,
  before: readonly Listener[],
  namesLost: readonly string[],
): string[] {
  const there = before.filter((one) => one.port === ports.tls);
  const older = there.some((one) => one.minimumTls !== null && one.minimumTls < minimumTls);
  const newest = minimumTls === '1.3' ? '1.2' : '1.1';
  if (keptAuthority === undefined || keptAuthority === cafile)
    return older
      ? [
          `Clients that speak nothing newer than TLS ${newest} are refused at port ${ports.tls} from now on; minimumTls: "1.2" would let in those with TLS 1.2.`,
        ]
      : [];
  const [theirs, ours] = [authorities.get(keptAuthority) ?? keptAuthority, authorities.get(cafile)];
  const named = there.every(({ settings }) => settings.useIdentityAsUsername);
  return [
    // It is half of it: they have to trust ours.
    `Port ${ports.tls} shows a certificate of ${ours} from now on: clients with one of ${theirs} go on only if they trust ${ours}, too (its root_ca.crt).`,
    ...(namesLost.length > 0
      ? [
          `The new certificate is not for ${namesLost.map((name) => readableName(clean(name, 80))).join(', ')}, as the present one is: clients that call the broker so refuse it. "names" in the answers adds them.`,
        ]
      : []),
    ...(older
      ? [
          `Clients with a certificate of ${theirs} that speak nothing newer than TLS ${newest} are refused from now on; minimumTls: "1.2" would let in those with TLS 1.2.`,
        ]
      : []),
    ...(named
      ? []
      : [
          `The user name of a client with a certificate of ${theirs} is the common name (CN) in it from now on; one without a common name is refused.`,
        ]),
  ];
}
