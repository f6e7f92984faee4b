import type { Period } from '../../../pki/x509/pem-validity.ts';
import { renewBelowDays } from '../../../pki/x509/validity.ts';
import { quote } from '../../../text/quote.ts';
import type { Place } from '../../config/model/place.ts';
import { readsRevocationList } from '../../effective/admission.ts';
import { type Draft, found, type Subject } from '../advice/finding.ts';

/** What is known of files that a configuration names, from the broker's machine. */
export interface AuditFacts {
  /** By the clock of that machine. */
  now: Date;
  validity?: ValidityFact[];
  /** Files that every user of that machine can read. */
  readable?: string[];
}

/** From when until when the certificates or revocation lists of a file serve. */
export interface ValidityFact extends Period {
  path: string;
}

const day = 24 * 60 * 60 * 1000;

/** Certificates and lists that end soon, serve no more or not yet, and keys that others can read. */
export function factFindings({ open, behaviour }: Subject, facts: AuditFacts): Draft[] {
  return open.flatMap(({ configured }) =>
    ['certfile', 'cafile', 'crlfile', 'keyfile'].flatMap((name) => {
      const setting = configured.settings.get(name);
      if (setting === undefined) return [];
      if (name === 'crlfile' && !readsRevocationList(configured, behaviour)) return [];
      const path = String(setting.value);
      if (name === 'keyfile')
        return facts.readable?.includes(path) ? [readable(path, setting.place)] : [];
      const validity = facts.validity?.find((one) => one.path === path);
      if (!validity) return [];
      return outOfTime(validity, facts.now, setting.place, kinds[name] ?? kinds.certfile);
    }),
  );
}

interface Kind {
  /** Who is shut out while it does not serve. */
  so: string;
  fix: string;
}

const kinds: Record<string, Kind> & Record<'certfile', Kind> = {
  certfile: {
    so: 'clients that check it refuse the broker',
    fix: 'Renew it and restart the broker.',
  },
  cafile: {
    so: 'clients with a certificate of it are refused where one is required',
    fix: 'Renew it and restart the broker.',
  },
  crlfile: { so: 'every client is refused', fix: 'Issue a new revocation list.' },
};

function outOfTime(
  { path, notBefore, notAfter }: ValidityFact,
  now: Date,
  place: Place,
  { so, fix }: Kind,
): Draft[] {
  const [from, until] = [notBefore, notAfter].map((date) => date.toISOString().slice(0, 10));
  if (now < notBefore)
    return [
      found(
        'not-yet-valid',
        'critical',
        place,
        `${path} is valid from ${from}, and the broker's machine says that it is ${now.toISOString().slice(0, 10)}: until then ${so}.`,
        "Look at the clock of the broker's machine first; if it is right, issue it again.",
      ),
    ];
  const days = (notAfter.getTime() - now.getTime()) / day;
  if (days < 0)
    return [
      found(
        'expired',
        'critical',
        place,
        `${path} is not valid any more since ${until}: ${so}.`,
        fix,
      ),
    ];
  if (days >= renewBelowDays) return [];
  return [
    found(
      'expires-soon',
      'warning',
      place,
      `${path} is valid until ${until}, ${Math.floor(days)} more days; after that ${so}.`,
      fix,
    ),
  ];
}

const readable = (path: string, place: Place): Draft =>
  found(
    'key-readable',
    'critical',
    place,
    `Every user of the broker's machine can read the private key ${path}.`,
    `chown mosquitto:mosquitto ${quote([path])} && chmod 0600 ${quote([path])}`,
  );
