import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Debian packages that tests meet as real parts, and the program each brings. */
const packages: Record<string, string> = {
  mosquitto: '/usr/sbin/mosquitto',
  'mosquitto-clients': '/usr/bin/mosquitto_sub',
  'openssh-server': '/usr/sbin/sshd',
  'openssh-client': '/usr/bin/ssh',
  openssl: '/usr/bin/openssl',
  'gnutls-bin': '/usr/bin/gnutls-cli',
  sudo: '/usr/bin/sudo',
  tmux: '/usr/bin/tmux',
  libfaketime: '/usr/share/doc/libfaketime/copyright',
  iproute2: '/usr/bin/ss',
  procps: '/usr/bin/ps',
  strace: '/usr/bin/strace',
  shellcheck: '/usr/bin/shellcheck',
  // What `sh` may be on another machine.
  mksh: '/bin/mksh',
  // Login shells that a user may have; all of them must take a command apart alike.
  busybox: '/usr/bin/busybox',
  zsh: '/usr/bin/zsh',
  fish: '/usr/bin/fish',
  tcsh: '/usr/bin/tcsh',
};

/** As root on Debian, installs what is missing; elsewhere the tests concerned are left out. */
export default function prepare(): void {
  const missing = Object.keys(packages).filter((name) => !existsSync(packages[name] ?? ''));
  if (missing.length === 0 || process.getuid?.() !== 0 || !existsSync('/etc/debian_version'))
    return;
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'] };
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['update', '-qq'], { ...quiet, env });
  // Installed to be started by tests on ports of their own, not as services of this machine.
  const policy = ['-o', 'DPkg::Lock::Timeout=300'];
  execFileSync(
    'apt-get',
    ['install', '-qq', '-y', '--no-install-recommends', ...policy, ...missing],
    {
      ...quiet,
      env,
    },
  );
}
