import { execFileSync } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Certificates } from '../../support/brokers/certificates.ts';
import type { TestHost } from '../../support/hosts/host.ts';
import { installed } from '../../support/hosts/machine.ts';
import { program } from '../../support/hosts/program.ts';

/** Where a host keeps one good file of each kind, to be put wherever a configuration names one. */
export const goodFiles = '/root/good';

export const passwords = 'own/passwords';
/**
 * Users who are in one password file only: with one and the same user in all of them nobody would see it when a
 * listener takes another file than before.
 */
export const users = ['user-1', 'user-2', 'user-3', 'user-4'] as const;
export type User = (typeof users)[number];
/** Of which a client's certificate is, too: a configuration has it by calling a file so. */
export const secondAuthority = 'second-authority.crt';

/** Debian's own, wherever a configuration has it. */
const dynamic = 'mosquitto_dynamic_security.so';

/** What an option names: a folder ends in `/`; what is in `own/` belongs to the broker's user alone. */
const kinds: Readonly<Record<string, string>> = {
  cafile: 'authority.crt',
  capath: 'authorities/',
  certfile: 'broker.crt',
  keyfile: 'own/broker.key',
  crlfile: 'list.crl',
  dhparamfile: 'dh.pem',
  password_file: passwords,
  acl_file: 'own/everything.acl',
  psk_file: 'own/keys.psk',
  plugin: 'plugin.so',
  global_plugin: 'plugin.so',
  auth_plugin: 'auth-plugin.so',
  plugin_opt_config_file: 'own/dynamic-security.json',
  plugin_opt_password_file: passwords,
  plugin_opt_acl_file: 'own/everything.acl',
  http_dir: 'empty/',
  include_dir: 'empty/',
  persistence_location: 'own/data/',
  pid_file: 'own/log',
  'log_dest file': 'own/log',
};

/** Kinds that the broker writes to. */
export const written = ['own/data/', 'own/log'];

/** Broker options with a file or folder, and where that is: relative ones count from `/`. */
export function namedFiles(files: Iterable<Buffer>): { kind: string; path: string }[] {
  const found = new Map<string, string>();
  for (const bytes of files)
    for (const line of bytes.toString('latin1').split(/\r?\n/)) {
      const [, option = '', value = ''] = /^ *(log_dest +file|\w+) +(.*?)\s*$/.exec(line) ?? [];
      const kind = kindOf(option.replace(/ +/, ' '), basename(value));
      if (kind === undefined || value === '') continue;
      found.set(value.startsWith('/') ? value : `/${value}`, kind);
    }
  return [...found].map(([path, kind]) => ({ path, kind }));
}

function kindOf(option: string, name: string): string | undefined {
  if (option === 'cafile' && name === secondAuthority) return secondAuthority;
  if (kinds[option] === 'plugin.so' && name === dynamic) return dynamic;
  return kinds[option];
}

/** Plugins are made here, which takes a C compiler. */
export const canMake = (files: Iterable<Buffer>): boolean =>
  installed('cc') || !namedFiles(files).some(({ kind }) => kind in plugins);

/** Makes one good file of each kind on a host. */
export async function makeGoodFiles(host: TestHost): Promise<void> {
  const here = mkdtempSync(join(tmpdir(), 'lockstep-good-'));
  try {
    const certificates = new Certificates(here);
    const authority = certificates.authority('Some Authority');
    const server = certificates.issue(authority, 'broker');
    const client = certificates.issue(authority, 'somebody');
    const revoked = certificates.issue(authority, 'revoked');
    const secondOne = certificates.authority('A Second Authority');
    const second = certificates.issue(secondOne, 'second');
    const stranger = certificates.issue(certificates.authority('A Stranger'), 'stranger');
    const list = certificates.revocationList(authority, 'list', [revoked]);
    const hash = execFileSync('openssl', ['x509', '-hash', '-noout', '-in', authority.certFile]);
    const files: [string, string][] = [
      ['authority.crt', authority.cert],
      [`authorities/${hash.toString().trim()}.0`, authority.cert],
      ['broker.crt', server.cert],
      ['own/broker.key', server.key],
      [secondAuthority, secondOne.cert],
      ...Object.entries({ somebody: client, revoked, second, stranger }).flatMap(
        ([name, { cert, key }]): [string, string][] => [
          [`${name}.crt`, cert],
          [`${name}.key`, key],
        ],
      ),
      ['list.crl', readFileSync(list, 'utf8')],
      ['own/everything.acl', 'topic readwrite #\npattern readwrite #\n'],
      ['own/keys.psk', 'somebody:0123456789abcdef\n'],
      ['own/dynamic-security.json', dynamicSecurity()],
      ['own/log', ''],
    ];
    for (const [name, text] of files) await host.writeFile(`${goodFiles}/${name}`, text);
    for (const [name, code] of Object.entries(plugins)) {
      const made = await sharedObject(here, code);
      if (made) await host.writeFile(`${goodFiles}/${name}`, made);
    }
    await host.succeed([
      ...['sh', '-euc'],
      `cd ${goodFiles}; mkdir -p empty own/data
       for user in ${users.join(' ')}; do
         mosquitto_passwd -b -c own/$user $user secret 2>/dev/null
       done
       cp "$(find /usr/lib -name ${dynamic} | head -n 1)" .
       openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 -out dh.pem
       mosquitto_passwd -b -c own/passwords login secret 2>/dev/null
       chmod -R go-rwx own; chown -R mosquitto: own`,
    ]);
  } finally {
    rmSync(here, { recursive: true });
  }
}

/** Dynamic security as it knows one user by name and password, who may do everything; so may those `others`. */
export function dynamicSecurity(others: readonly string[] = []): string {
  const salt = Buffer.from('twelve bytes'); // so many as the plugin wants
  const hash = pbkdf2Sync('secret', salt, 101, 64, 'sha512').toString('base64');
  const secret = { password: hash, salt: salt.toString('base64'), iterations: 101 };
  const may = ['publishClientSend', 'publishClientReceive', 'subscribePattern'];
  const acls = may.map((acltype) => ({ acltype, topic: '#', priority: 0, allow: true }));
  const roles = [{ rolename: 'everything' }];
  return JSON.stringify({
    clients: [
      { username: 'dynamic', ...secret, roles },
      ...others.map((username) => ({ username, roles })),
    ],
    groups: [],
    roles: [{ rolename: 'everything', acls }],
  });
}

/** A plugin without an opinion, and an older one that knows nobody: their interfaces, versions 5 and 4. */
const plugins = {
  'plugin.so': `
int mosquitto_plugin_version(int n, const int *v) { return 5; }
int mosquitto_plugin_init(void *id, void **d, void *o, int n) { return 0; }
int mosquitto_plugin_cleanup(void *d, void *o, int n) { return 0; }`,
  'auth-plugin.so': `
int mosquitto_auth_plugin_version(void) { return 4; }
int mosquitto_auth_plugin_init(void **d, void *o, int n) { return 0; }
int mosquitto_auth_plugin_cleanup(void *d, void *o, int n) { return 0; }
int mosquitto_auth_security_init(void *d, void *o, int n, _Bool r) { return 0; }
int mosquitto_auth_security_cleanup(void *d, void *o, int n, _Bool r) { return 0; }
int mosquitto_auth_acl_check(void *d, int a, void *c, const void *m) { return 0; }
int mosquitto_auth_unpwd_check(void *d, void *c, const char *u, const char *p) { return 11; }`,
};

/** Null on a machine without a C compiler: configurations with plugins are left out there. */
async function sharedObject(folder: string, code: string): Promise<Buffer | null> {
  if (!installed('cc')) return null;
  const out = join(folder, 'plugin.so');
  const argv = ['cc', '-shared', '-fPIC', '-w', '-x', 'c', '-', '-o', out];
  const { code: status, stderr } = await program(argv, { input: code });
  if (status !== 0) throw new Error(stderr);
  return (await program(['cat', out])).bytes;
}
