import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestHost } from '../../../support/hosts/host.ts';
import type { Home } from '../../../support/program/lockstep.ts';
import { goodFiles, namedFiles, passwords, secondAuthority } from '../../corpus/named-files.ts';
import { usersOf } from '../../corpus/users.ts';
import type { Caller, Round } from './call.ts';

// the same, and the name and password in every password file

/** The names that are known: in password files, and to dynamic security. */
export const login = { username: 'login', password: 'secret' };
export const dynamic = { username: 'dynamic', password: 'secret' };

const shared = { identity: 'somebody', key: '0123456789abcdef' };

export interface Shown extends Pick<Round, 'cafile' | 'clientId'> {
  callers: Caller[];
}

/** Who knocks, with the files of that host and of that home. `files` are the broker's own configuration. */
export function whoKnocks(host: TestHost, home: Home, files: readonly Buffer[]): Shown {
  // The files of the host, as this machine sees them.
  const good = (name: string) => `/proc/${host.leader()}/root${goodFiles}/${name}`;
  const own = join(home.site, 'clients/client01');
  const authorities = [good('authority.crt'), join(own, 'root_ca.crt')].filter(existsSync);
  const cafile = join(home.folder, 'authorities.crt');
  writeFileSync(cafile, authorities.map((file) => readFileSync(file)).join('\n'));
  const newcomer = existsSync(own) ? shown(own, 'client01') : shown(good(''), 'stranger');
  const prefix = /^ *clientid_prefixes +(\S+)/m.exec(textOf(files))?.[1] ?? '';
  return {
    cafile,
    clientId: `${prefix}observer`,
    callers: [
      { id: 'anonymous', curious: true },
      ...known(files, good('')),
      { id: 'newcomer', curious: true, ...newcomer },
      { id: 'shared-key', shared },
      { id: 'key-and-name', ...login, shared },
    ],
  };
}

/** Callers of old, by name or by certificate; the rarer ones where the configuration gives them a meaning. */
export const known = (files: readonly Buffer[], good: string): Caller[] => [
  ...named(files, shown(good, comesBySecond(files) ? 'second' : 'somebody')),
  ...certified(files, good),
];

/** Whether only the other authority's holders get in where a certificate is asked for. */
function comesBySecond(files: readonly Buffer[]): boolean {
  const kinds = namedFiles(files).map(({ kind }) => kind);
  return kinds.includes(secondAuthority) && !kinds.includes('authority.crt');
}

const textOf = (files: readonly Buffer[]): string => Buffer.concat([...files]).toString('latin1');

const shown = (folder: string, name: string) => ({
  certificate: join(folder, `${name}.crt`),
  key: join(folder, `${name}.key`),
});

/** Callers with a name; all but one show the old certificate besides, where there is TLS. */
function named(files: readonly Buffer[], old: Pick<Caller, 'certificate' | 'key'>): Caller[] {
  const text = textOf(files);
  const plugin = /dynamic_security/.test(text)
    ? dynamic
    : /mosquitto_password_file\.so/.test(text)
      ? login
      : null;
  const inFiles = namedFiles(files).some(({ kind }) => kind === passwords);
  return [
    { id: 'password', ...login, ...old, curious: true },
    ...(plugin ? [{ id: 'plugin' as const, ...plugin, ...old, curious: true }] : []),
    { id: 'password-alone', ...((!inFiles && plugin) || login), onlyByTls: true, curious: true },
    ...usersOf(files).map(
      ({ user }): Caller => ({
        id: user,
        username: user,
        password: 'secret',
        ...old,
        curious: true,
      }),
    ),
    { id: 'made-up', username: 'made-up', password: 'wrong', ...old },
  ];
}

/** Callers with nothing but a certificate. */
function certified(files: readonly Buffer[], good: string): Caller[] {
  const has = (wanted: string) => namedFiles(files).some(({ kind }) => kind === wanted);
  return [
    { id: 'certificate', ...shown(good, 'somebody'), curious: true },
    ...(has(secondAuthority)
      ? [{ id: 'second-certificate' as const, ...shown(good, 'second'), curious: true }]
      : []),
    ...(has('list.crl')
      ? [{ id: 'revoked' as const, ...shown(good, 'revoked'), curious: true }]
      : []),
  ];
}
