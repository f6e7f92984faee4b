import { posix } from 'node:path';
import type { Place } from '../../config/model/place.ts';
import { readsRevocationList } from '../../effective/admission.ts';
import type { OpenListener } from '../../effective/open-listener.ts';
import { below } from '../advice/edit.ts';
import { type Draft, found, nameOf, placeOf, type Rule } from '../advice/finding.ts';
import { authorityFile } from './client-certificates.ts';

/** A lost client cannot be shut out. */
export const noRevocationList: Rule = ({ configuration, open, behaviour }) =>
  open
    .filter(({ protection }) => protection.requiresClientCertificate && !protection.broken)
    .flatMap((one) => {
      const place = placeOf(one.configured, configuration);
      if (!readsRevocationList(one.configured, behaviour)) return [unread(one, place)];
      if (one.configured.settings.has('crlfile')) return [];
      const { settings } = one.configured;
      const required = settings.get('require_certificate')?.place;
      const file = settings.get('cafile');
      const { dir, name } = posix.parse(file ? String(file.value) : authorityFile);
      // Files behind our own link are exchanged and taken away together; what is added there goes with them.
      const folder = posix.basename(dir) === 'current' ? posix.dirname(dir) : dir;
      const list = posix.join(folder, `${name}.crl`);
      return [
        found(
          'no-revocation-list',
          'note',
          place,
          `${nameOf(one)} reads no revocation list: a certificate that is lost or stolen works until it expires.`,
          {
            ways: required
              ? [
                  {
                    edits: [below(required, `crlfile ${list}`)],
                    first:
                      'First make a list of each authority in "cafile", even an empty one, all in that file: the broker does not start without the file, and refuses every client of an authority whose list is not there or has expired.',
                  },
                ]
              : [],
            otherwise:
              'A revocation list of the authority shuts such a certificate out ("crlfile").',
          },
        ),
      ];
    });

/** libwebsockets is given no list: a line about one does nothing, and none that is written would. */
function unread(one: OpenListener, place: Place): Draft {
  const list = one.configured.settings.get('crlfile');
  const works = 'a certificate that is lost or stolen works until it expires.';
  const advice =
    'Let clients with certificates connect to a listener without websockets, or update to Mosquitto 2.1, which reads the list.';
  return list
    ? found(
        'revocation-list-ignored',
        'warning',
        list.place,
        `A websockets listener reads no revocation list before 2.1, so this line does nothing for ${nameOf(one)}: ${works}`,
        `Do not rely on it. ${advice}`,
      )
    : found(
        'no-revocation-list',
        'note',
        place,
        `${nameOf(one)} is a websockets listener, which reads no revocation list before 2.1: ${works}`,
        advice,
      );
}
