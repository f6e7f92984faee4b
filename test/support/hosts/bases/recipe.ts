import { createHash } from 'node:crypto';

/** What a base folder is made of. Bases that another recipe made are made again. */
export const recipe = {
  /** To be counted up when the way of making a base changes, rather than what goes into it. */
  edition: 1,
  variant: 'minbase',
  packages: [
    'systemd',
    'systemd-sysv',
    'libpam-systemd',
    'dbus',
    'openssh-server',
    'mosquitto',
    'mosquitto-clients',
    'sudo',
    'iproute2',
    'procps',
    'openssl',
    'netbase',
    'logrotate',
    'adduser',
    'rust-coreutils',
  ],
  /** Work that would come at its own time, in the middle of a test, or that nobody looks at. */
  masked: [
    'apt-daily.timer',
    'apt-daily-upgrade.timer',
    'dpkg-db-backup.timer',
    'logrotate.timer',
    'console-getty.service',
  ],
  user: 'radxa',
} as const;

/** Eight hexadecimal digits that change with the recipe. */
export function recipeStamp(): string {
  return createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 8);
}
