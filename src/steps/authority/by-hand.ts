import { subjectFields } from '../../pki/x509/subject.ts';
import { shellQuoted } from '../../text/typed.ts';
import { fed, keyLine } from '../by-hand/keys.ts';
import { comment, together } from '../by-hand/machines.ts';
import type { Setup } from '../contract/setup.ts';

/** What a person would type to make an authority in this folder. One that is there stays. */
export function authorityByHand({ answers }: Setup, folder: string): string[] {
  const { subject, key, days, passphrase } = answers.authority;
  const place = shellQuoted(folder);
  const locked = passphrase === 'ask';
  const root = [
    ...["'[req]'", 'distinguished_name=dn', 'x509_extensions=root', "'[dn]'", "'[root]'"],
    ...['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'],
    'subjectKeyIdentifier=hash',
  ];
  const sign = `openssl req -new -x509 -sha256 -utf8 -days ${days} -subj ${shellQuoted(subjectWord(subject))} -key root_ca.key -config /dev/stdin -out root_ca.crt`;
  const lines = [
    `mkdir -p -m 700 ${place} && chmod 700 ${place} && cd ${place}`,
    keyLine(key, 'root_ca.key', locked ? ' -aes-256-cbc' : ''),
    `test -s root_ca.crt || ${fed(root, sign)}`,
  ];
  // What is asked for is the last thing: nothing pasted behind it is taken for the answer.
  return locked
    ? [comment('openssl asks for the passphrase: twice to lock, once to sign.'), together(lines)]
    : lines;
}

/** A subject as `-subj` of openssl-req(1) takes it. */
const subjectWord = (subject: Setup['answers']['authority']['subject']): string =>
  subjectFields
    .filter(({ id }) => subject[id])
    .map(({ id, short }) => `/${short}=${subject[id].replace(/[\\/+]/g, '\\$&')}`)
    .join('');
