import { accessSync, constants } from 'node:fs';
import { delimiter } from 'node:path';
import { program, succeed } from './program.ts';

/** Programs that making and using hosts takes on this machine, with their Debian packages. */
const packages: Readonly<Record<string, string>> = {
  debootstrap: 'debootstrap',
  'systemd-nspawn': 'systemd-container',
  ip: 'iproute2',
  nft: 'nftables',
  iptables: 'iptables',
  python3: 'python3',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  mosquitto_pub: 'mosquitto-clients',
  mosquitto_sub: 'mosquitto-clients',
  openssl: 'openssl',
  strace: 'strace',
};

/** Where programs for root are, which the path of a plain shell may leave out. */
export const searchPath = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`;

/** Whether a program of that name is installed. */
export function installed(name: string): boolean {
  return searchPath.split(delimiter).some((folder) => {
    try {
      accessSync(`${folder}/${name}`, constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

/** Installs with apt-get what is missing on this machine. Waits while another apt-get runs. */
export async function installMissing(): Promise<void> {
  const missing = Object.keys(packages).filter((name) => !installed(name));
  if (missing.length === 0) return;
  const wanted = new Set(missing.map((name) => packages[name] ?? name));
  wanted.add('debian-archive-keyring'); // not there on Debian's relatives
  const install = aptGet('install', '--yes', '--no-install-recommends', ...wanted);
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutSeconds: 900 };
  if ((await program(install, options)).code === 0) return;
  await program(aptGet('update'), options); // one dead third-party source must not stop us
  await succeed(install, options);
}

function aptGet(...rest: string[]): string[] {
  return ['apt-get', '--quiet', '-o', 'DPkg::Lock::Timeout=600', ...rest];
}

/** How this machine reaches Debian's archive, taken from its own apt. */
export interface Archive {
  /** For example `http://deb.debian.org/debian`. */
  mirror: string;
  /** `http_proxy` and `https_proxy` as apt has them; absent where it has none. */
  env: Record<string, string>;
  /** The file of authorities apt trusts for https, when it is told of one. */
  authorities: string | undefined;
}

export async function archive(): Promise<Archive> {
  const format = '$(COMPONENT) $(REPO_URI)';
  const { stdout } = await program(['apt-get', 'indextargets', '--format', format]);
  const uris = stdout.split('\n').map((line) => /^main (https?:\/\/\S+?)\/*$/.exec(line)?.[1]);
  const env: Record<string, string> = {};
  for (const scheme of ['http', 'https']) {
    const proxy = await aptSetting(`Acquire::${scheme}::Proxy`);
    if (proxy && proxy !== 'DIRECT') env[`${scheme}_proxy`] = proxy;
  }
  return {
    mirror: uris.find((uri) => uri?.endsWith('/debian')) ?? 'http://deb.debian.org/debian',
    env,
    authorities: (await aptSetting('Acquire::https::CAInfo')) || undefined,
  };
}

async function aptSetting(name: string): Promise<string> {
  const { stdout } = await program(['apt-config', 'shell', 'VALUE', name]);
  return /^VALUE='(.*)'/.exec(stdout)?.[1] ?? '';
}
