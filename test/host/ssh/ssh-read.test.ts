import { spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sshConfig } from '../../../src/host/ssh/config/config.ts';
import type { SshSettings } from '../../../src/host/ssh/config/settings.ts';
import { ours } from '../../../src/host/ssh/host-key/terms.ts';
import { fileIn } from '../../support/ssh/as-ssh.ts';
import { me, temporaryFolder } from '../../support/ssh/sshd.ts';

const noSsh = spawnSync('ssh', ['-V']).error !== undefined && process.env.LOCKSTEP_TEST_ALL !== '1';

const names = [
  ...ours,
  'ssh-rsa',
  'sk-ssh-ed25519@openssh.com',
  'ssh-ed25519-cert-v01@openssh.com',
];
const patterns = [...names, '*', 'ssh-*', 'ecdsa-*', '*nistp?21', 'rsa*', '!ssh-ed25519'];
const list = (...all: string[]) =>
  fc.array(fc.constantFrom(...all), { minLength: 1, maxLength: 4 }).map((some) => some.join(','));
const algorithms = fc
  .oneof(
    fc.tuple(fc.constantFrom('', '+', '^'), list(...patterns)),
    fc.tuple(fc.constant('-'), list(...patterns, 'RSA*', 'unknown')),
  )
  .map(([sign, some]) => `HostKeyAlgorithms ${sign}${some}`);
const sizes = fc
  .constantFrom('0', '1024', '2048', '04096', '"3072"', '+2048', '2k', '-1', '""', '2048 # bits')
  .map((size) => `RequiredRSASize ${size}`);
const part = fc.constantFrom(
  ...[
    'a',
    '%k',
    '%h',
    '%n',
    '%p',
    '%r',
    '%u',
    '%i',
    '%l',
    '%L',
    '%C',
    '%d',
    '%%',
    '%z',
    '%',
    '$',
    '#',
  ],
  ...['${BOARDS}', '${NOT_SET}', '${', '}', '~', '/', "'%h'", '\\"'],
);
const file = fc
  .tuple(
    fc.constantFrom('/', '~/', '"/not there/', '~root/', '${BOARDS}/'),
    fc.array(part, { maxLength: 4 }),
  )
  .map(([start, parts]) => `${start}${parts.join('')}${start.startsWith('"') ? '"' : ''}`);
const none = fc.constantFrom('none', 'NONE', '"none"', 'none # not one', '# none', '""');
const several = fc.array(file, { minLength: 1, maxLength: 2 }).map((all) => all.join(' '));
const files = fc.oneof(
  fc
    .tuple(fc.constantFrom('UserKnownHostsFile', 'GlobalKnownHostsFile'), fc.oneof(several, none))
    .map((words) => words.join(' ')),
  // Newer versions take several.
  fc.oneof(file, none).map((one) => `RevokedHostKeys ${one}`),
);
const others = fc.constantFrom(
  ...['HostKeyAlias Other', 'HostKeyAlias "other" # its name', 'User somebody', 'Port 2222'],
  ...['StrictHostKeyChecking yes', 'StrictHostKeyChecking "YES" # always', 'CheckHostIP YES'],
  ...['HostName 10.0.0.7', 'HostName "Board.Lan"'],
);
// One of each keyword: ssh checks those that no longer count, too.
const lines = fc.uniqueArray(fc.oneof(algorithms, sizes, files, files, others), {
  maxLength: 5,
  selector: (line) => line.split(' ')[0],
});

/** What a key is trusted by. RSA keys sign in two ways, whose order is nobody's business; where a printed name ends is seen in as-ssh.test.ts. */
const trust = (settings: SshSettings) => ({
  user: settings.userKnownHosts.join(' '),
  system: settings.globalKnownHosts.join(' '),
  alias: settings.hostKeyAlias,
  strict: settings.strict,
  address: settings.checkHostIp,
  kinds: [
    ...new Set(settings.hostKeyTerms.algorithms.map((name) => name.replace(/^rsa.*/, 'rsa'))),
  ],
  both: settings.hostKeyTerms.algorithms.toSorted(),
  bits: settings.hostKeyTerms.rsaBits,
});

test.skipIf(noSsh)(
  'whatever a configuration says of host keys, it is read as ssh reads it, or refused',
  { timeout: 240_000 },
  async () => {
    const folder = await temporaryFolder();
    const resolve = (program: string) =>
      sshConfig({
        home: userInfo().homedir,
        localUser: me,
        environment: { PATH: process.env.PATH, BOARDS: folder },
        configFiles: [join(folder, 'config')],
        program,
      })('Board', {}).catch((error: Error) => {
        expect(error).toMatchObject({ name: 'HostError', next: expect.stringMatching(/./) });
        return null;
      });
    let both = 0;
    await fc.assert(
      fc.asyncProperty(lines, async (config) => {
        await fileIn(folder, 'config', ...config);
        const [asked, read] = [await resolve('ssh'), await resolve('/nonexistent/ssh')];
        if (asked === null) expect(read, 'what ssh calls a mistake').toBeNull();
        if (asked === null || read === null) return;
        both += 1;
        expect(trust(read)).toEqual(trust(asked));
        if (asked.revokedHostKeys)
          expect(read.revokedHostKeys?.join(' ')).toBe(asked.revokedHostKeys.join(' '));
      }),
      { numRuns: process.env.LOCKSTEP_TEST_FULL === '1' ? 3000 : 400 },
    );
    expect(both).toBeGreaterThan(50);
  },
);
