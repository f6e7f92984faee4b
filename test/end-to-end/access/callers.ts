import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestHost } from '../../hosts/host.ts';
import { goodFiles } from '../corpus/named-files.ts';
import type { Home } from '../lockstep.ts';
import type { Caller, Round } from './knock.ts';

/** Kinds of callers. The first four are those that a plan speaks of; the others only may not gain anything. */
export const kinds = [
  'anonymous', // shows nothing
  'password', // the name and password in every password file, and the old certificate at a TLS socket
  'plugin', // the same of the plugin that knows names: dynamic security, or the one with a password file
  'certificate', // a certificate of the authority that configurations name, and no name
  'made-up', // a name that nobody knows, and the old certificate at a TLS socket
  'newcomer', // a certificate of Lockstep's authority, before there is one: of a stranger's
  'shared-key', // a pre-shared key
] as const;
export type Kind = (typeof kinds)[number];

/** The names that are known: in password files, and to dynamic security. */
export const login = { username: 'login', password: 'secret' };
export const dynamic = { username: 'dynamic', password: 'secret' };

export interface Shown extends Pick<Round, 'cafile' | 'clientId'> {
  callers: Caller[];
}

/** Who knocks, with the files of that host and of that home. `files` are the broker's own configuration. */
export function whoKnocks(host: TestHost, home: Home, files: Iterable<Buffer>): Shown {
  // The files of the host, as this machine sees them.
  const good = (name: string) => `/proc/${host.leader()}/root${goodFiles}/${name}`;
  const of = (folder: string, name: string) => ({
    certificate: join(folder, `${name}.crt`),
    key: join(folder, `${name}.key`),
  });
  const own = join(home.site, 'clients/client01');
  const authorities = [good('authority.crt'), join(own, 'root_ca.crt')].filter(existsSync);
  const cafile = join(home.folder, 'authorities.crt');
  writeFileSync(cafile, authorities.map((file) => readFileSync(file)).join('\n'));
  const old = of(good(''), 'somebody');
  const text = Buffer.concat([...files]).toString('latin1');
  const plugin = /dynamic_security/.test(text)
    ? dynamic
    : /mosquitto_password_file\.so/.test(text)
      ? login
      : null;
  return {
    cafile,
    clientId: `${/^ *clientid_prefixes +(\S+)/m.exec(text)?.[1] ?? ''}observer`,
    callers: [
      { id: 'anonymous', curious: true },
      { id: 'password', ...login, ...old, curious: true },
      ...(plugin ? [{ id: 'plugin' as const, ...plugin, ...old, curious: true }] : []),
      { id: 'certificate', ...old, curious: true },
      { id: 'made-up', username: 'made-up', password: 'wrong', ...old },
      {
        id: 'newcomer',
        curious: true,
        ...(existsSync(own) ? of(own, 'client01') : of(good(''), 'stranger')),
      },
      { id: 'shared-key', shared: { identity: 'somebody', key: '0123456789abcdef' } },
    ],
  };
}
