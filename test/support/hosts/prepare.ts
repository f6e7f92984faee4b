import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Base } from './base.ts';
import { recipe } from './bases/recipe.ts';
import { installSysvInit } from './bases/sysv.ts';
import { succeed } from './program.ts';
import type { Room } from './room-there.ts';

/**
 * How a host differs from a usual one (user in group sudo, who must give the password; key and
 * password accepted; mosquitto a service of systemd that starts at boot):
 *
 * - `nopasswd`: sudo does not ask;
 * - `nosudo`: the user may not use sudo;
 * - `password-login`: sshd takes the password only;
 * - `keyboard-interactive`: sshd asks for the password by keyboard-interactive only;
 * - `no-mosquitto`: the broker was never installed (its clients were);
 * - `stopped`: the broker's service is enabled, but has been stopped since boot;
 * - `sysv`: SysV init is PID 1, and starts sshd and the broker by their scripts in /etc/init.d;
 * - `cron`: systemd is there, but the broker is a daemon that root's crontab starts at boot;
 * - `rust-coreutils`: Rust's coreutils are found before GNU's, as Ubuntu has them since 25.10.
 */
export const variants = [
  'sudo',
  'nopasswd',
  'nosudo',
  'password-login',
  'keyboard-interactive',
  'no-mosquitto',
  'stopped',
  'sysv',
  'cron',
  'rust-coreutils',
] as const;
export type Variant = (typeof variants)[number];

/**
 * What the broker is configured to do: `open` is the article's starting point, `default` is
 * Debian's (no listener: this machine only), anything else is files to write, by absolute path.
 */
export type StartingConfiguration = 'open' | 'default' | Readonly<Record<string, string>>;

export const openConfiguration = `per_listener_settings true
listener 1883
allow_anonymous true
`;

/** Makes the root folder of a room into that of a host of its own, before it is booted. */
export async function prepare(
  base: Base,
  room: Room,
  name: string,
  variant: Variant,
  configuration: StartingConfiguration,
): Promise<Login> {
  const at = (path: string) => join(room.rootFromHere, path);
  await writeFile(at('etc/hostname'), `${name}\n`);
  await writeFile(
    at('etc/hosts'),
    `127.0.0.1\tlocalhost\n127.0.1.1\t${name}.lan\t${name}\n\n::1\tlocalhost ip6-localhost\n`,
  );
  await writeFile(at('etc/machine-id'), `${randomBytes(16).toString('hex')}\n`, { mode: 0o444 });
  const login = await makeLogin(room, at);
  if (variant !== 'no-mosquitto') await configure(at, configuration);
  await vary(base, room, variant, at);
  return login;
}

export interface Login {
  password: string;
  /** Mode 0600, on this machine. */
  keyFile: string;
  hostKeys: HostKey[];
}

export interface HostKey {
  /** For example `ssh-ed25519`. */
  type: string;
  /** Base64, as in known_hosts. */
  key: string;
}

async function makeLogin(room: Room, at: (path: string) => string): Promise<Login> {
  const user = recipe.user;
  const password = `pw-${randomBytes(9).toString('base64url')}`;
  const keyFile = join(room.folder, 'id_ed25519');
  const keygen = ['ssh-keygen', '-q', '-N', '', '-C', `${user} test key`, '-t'];
  const types = ['ed25519', 'ecdsa'];
  await Promise.all([
    succeed([...keygen, 'ed25519', '-f', keyFile]),
    ...types.map((type) => succeed([...keygen, type, '-f', at(`etc/ssh/ssh_host_${type}_key`)])),
    setPassword(room, user, password),
  ]);
  const publicKey = await readFile(`${keyFile}.pub`, 'utf8');
  const script = 'umask 077; mkdir -p .ssh; cat > .ssh/authorized_keys; chown -R "$0:" .ssh';
  const here = `cd /home/${user} && ${script}`;
  await succeed(room.inRoot(['sh', '-euc', here, user]), { input: publicKey });
  const hostKeys = await Promise.all(
    types.map(async (name) => {
      const line = await readFile(at(`etc/ssh/ssh_host_${name}_key.pub`), 'utf8');
      const [type = '', key = ''] = line.split(' ');
      return { type, key };
    }),
  );
  return { password, keyFile, hostKeys };
}

/**
 * With a hash that is quickly computed: at each action sudo asks for it, and Debian's own, which takes a tenth
 * of a second on purpose, was a fifth of all that a run of the host tests worked.
 */
async function setPassword(room: Room, user: string, password: string): Promise<void> {
  const hash = await succeed(['openssl', 'passwd', '-6', '-stdin'], { input: password });
  await succeed(room.inRoot(['chpasswd', '--encrypted']), { input: `${user}:${hash}` });
}

async function configure(at: (path: string) => string, configuration: StartingConfiguration) {
  if (configuration === 'default') return;
  const files =
    configuration === 'open'
      ? { '/etc/mosquitto/conf.d/access.conf': openConfiguration }
      : configuration;
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(at(path)), { recursive: true });
    await writeFile(at(path), text);
  }
}

async function vary(base: Base, room: Room, variant: Variant, at: (path: string) => string) {
  const user = recipe.user;
  const sshd = (text: string) => writeFile(at('etc/ssh/sshd_config.d/login.conf'), text);
  const disable = () => rm(at('etc/systemd/system/multi-user.target.wants/mosquitto.service'));
  switch (variant) {
    case 'nopasswd':
      return writeFile(at('etc/sudoers.d/radxa'), `${user} ALL=(ALL:ALL) NOPASSWD: ALL\n`, {
        mode: 0o440,
      });
    case 'nosudo':
      return succeed(room.inRoot(['gpasswd', '--delete', user, 'sudo']));
    case 'password-login':
      return sshd('PubkeyAuthentication no\nKbdInteractiveAuthentication no\n');
    case 'keyboard-interactive':
      return sshd(
        'PubkeyAuthentication no\nPasswordAuthentication no\nKbdInteractiveAuthentication yes\n',
      );
    case 'no-mosquitto':
      return succeed(room.inRoot(['dpkg', '--purge', 'mosquitto']));
    case 'sysv':
      return installSysvInit(base.sysv, room);
    case 'cron':
      await disable();
      return writeFile(at('etc/cron.d/mosquitto'), startedByCron, { mode: 0o644 });
    case 'rust-coreutils':
      return succeed(room.inRoot(['sh', '-euc', rustFirst]));
  }
}

const rustFirst = `for one in /usr/lib/cargo/bin/coreutils/*; do ln -s "$one" /usr/local/bin/; done`;

const startedByCron = `PATH=/usr/sbin:/usr/bin:/sbin:/bin
@reboot root install -d -o mosquitto -g mosquitto /run/mosquitto /var/log/mosquitto && mosquitto -d -c /etc/mosquitto/mosquitto.conf
`;
