import type { IssueWanted } from '../../pki/issue/issue-plan.ts';
import { subjectAltNameProblem, subjectAltNames } from '../../pki/x509/san.ts';
import { shellQuoted } from '../../text/typed.ts';
import { fed, keyLine } from '../by-hand/keys.ts';
import { comment, together } from '../by-hand/machines.ts';
import type { Setup } from '../contract/setup.ts';

/** What a person would type to make these keys and certificates in the authority's folder. */
export function certificatesByHand(
  { answers }: Setup,
  folder: string,
  wanted: readonly IssueWanted[],
): string[] {
  const brokers = wanted.filter(({ kind }) => kind === 'broker');
  const clients = wanted.filter(({ kind }) => kind === 'client');
  const names = clients.map(({ name }) => shellQuoted(name)).join(' ');
  const [client] = clients;
  const lines = [
    `cd ${shellQuoted(folder)}`,
    ...brokers.flatMap((one) => holderLines(one, (word) => shellQuoted(word(one.name)))),
    ...(client
      ? [
          [
            `for name in ${names}; do`,
            ...holderLines(client, (word) => `"${word('$name')}"`).map((line) => `  ${line}`),
            'done',
          ].join('\n'),
        ]
      : []),
  ];
  return answers.authority.passphrase === 'ask'
    ? [comment('openssl asks for the passphrase of the authority, once for each.'), together(lines)]
    : lines;
}

/**
 * `word` writes something with the name in it. A holder's name has none of the characters that `-subj`
 * would take for more (/, + and the backslash).
 */
function holderLines(
  { kind, name, names, keyType, days }: IssueWanted,
  word: (of: (name: string) => string) => string,
): string[] {
  const file = (ending: string) => word((its) => `${its}.${ending}`);
  const deciphers = kind === 'broker' && keyType !== 'ecdsa-p256';
  const all = kind === 'broker' ? [name, ...names] : [];
  const alternatives = subjectAltNames(all.filter((one) => subjectAltNameProblem(one) === null));
  const says = [
    'basicConstraints=critical,CA:FALSE',
    `keyUsage=critical,digitalSignature${deciphers ? ',keyEncipherment' : ''}`,
    `extendedKeyUsage=${kind === 'broker' ? 'serverAuth' : 'clientAuth'}`,
    ...['subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid'],
    ...(alternatives.length > 0
      ? [
          `subjectAltName=${alternatives.map((one) => `${one.kind === 'ip' ? 'IP' : 'DNS'}:${one.value}`).join(',')}`,
        ]
      : []),
  ];
  const authority = '-CA root_ca.crt -CAkey root_ca.key -CAcreateserial';
  return [
    keyLine(keyType, file('key')),
    `openssl req -new -sha256 -utf8 -subj ${word((its) => `/CN=${its}`)} -key ${file('key')} -out ${file('csr')}`,
    fed(
      says,
      `openssl x509 -req -sha256 -days ${days} -in ${file('csr')} ${authority} -extfile /dev/stdin -out ${file('crt')}`,
    ),
  ];
}
