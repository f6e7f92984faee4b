import { expect, test } from 'vitest';
import { hiddenFrom } from '../../../src/mosquitto/locate/sight.ts';

const paths = [
  '/etc/mosquitto/mosquitto.conf',
  '/etc/mosquitto/conf.d/access.conf',
  '/etc/mosquitto/certs',
];

const why = (unit: Record<string, string>, of = paths) =>
  hiddenFrom('mosquitto.service', new Map(Object.entries(unit)), of)?.message ?? null;

const unseen = (path: string) => `The service mosquitto does not see ${path}.`;
const other = (path: string) => `The service mosquitto sees something else as ${path}.`;
const [main = '', access = '', certs = ''] = paths;

test.each([
  ['nothing of it', {}, null],
  [
    'nothing that is only read',
    { ProtectSystem: 'strict', ReadOnlyPaths: '/etc', ProtectHome: 'yes' },
    null,
  ],
  [
    'another folder',
    { InaccessiblePaths: '/srv -/boot', TemporaryFileSystem: '/etc/mosquitto2' },
    null,
  ],
  ['all', { TemporaryFileSystem: '/:ro' }, unseen(main)],
  ['all of /etc', { TemporaryFileSystem: '/etc:ro,nodev' }, unseen(main)],
  [
    'what is given back',
    { TemporaryFileSystem: '/', BindReadOnlyPaths: '/usr /etc/mosquitto:/etc/mosquitto:rbind' },
    null,
  ],
  ['all but one file', { TemporaryFileSystem: '/', BindReadOnlyPaths: main }, unseen(access)],
  [
    'all but what is there now',
    { TemporaryFileSystem: '/etc', BindPaths: `${main} /etc/mosquitto/conf.d` },
    unseen(certs),
  ],
  ['the certificates', { InaccessiblePaths: '-/etc/mosquitto/certs/' }, unseen(certs)],
  ['another root', { RootDirectory: '/srv/root' }, other(main)],
  ['an image', { RootImage: '/srv/root.raw' }, other(main)],
  [
    'another root that is given ours',
    { RootDirectory: '/srv/root', BindPaths: '/etc/mosquitto' },
    null,
  ],
  ['the same root', { RootDirectory: '/' }, null],
  ['another folder in its place', { BindPaths: '/srv/mosq:/etc/mosquitto:rbind' }, other(main)],
])('a service that is hidden from: %s', (_, unit, told) => {
  expect(why(unit as Record<string, string>)).toBe(told);
});

test('a configuration in a home folder', () => {
  const home = ['/home/pi/mosquitto/mosquitto.conf'];
  for (const value of ['yes', 'tmpfs'])
    expect(why({ ProtectHome: value }, home)).toMatch(/does not see/);
  for (const value of ['no', 'read-only', '']) expect(why({ ProtectHome: value }, home)).toBeNull();
});
