import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Goal } from '../../../src/mosquitto/candidate/access.ts';
import { type Candidate, candidateFor } from '../../../src/mosquitto/candidate/candidate.ts';
import {
  type ConfigurationFiles,
  filesFrom,
  overlay,
} from '../../../src/mosquitto/config/files/files.ts';
import { readConfiguration } from '../../../src/mosquitto/config/reader/read.ts';
import { effective } from '../../../src/mosquitto/effective/effective.ts';
import type { Layout } from '../../../src/mosquitto/service/broker.ts';

const etc = '/etc/mosquitto';
const main = `${etc}/mosquitto.conf`;
const access = `${etc}/conf.d/access.conf`;
const layout: Layout = {
  main,
  folder: etc,
  access,
  certificates: `${etc}/certs`,
  authorities: `${etc}/ca_certificates`,
  state: '/var/lib/mqtt-lockstep',
  runtime: '/run/mqtt-lockstep',
  cwd: '/',
  keyOwner: { owner: 'mosquitto', group: 'mosquitto' },
};
const goal: Goal = {
  ports: { plain: 1883, tls: 8883 },
  plainListener: 'refuse',
  minimumTls: '1.3',
  binds: [{}],
  carried: [],
  certfile: `${etc}/certs/current/rock-4se.crt`,
  keyfile: `${etc}/certs/current/rock-4se.key`,
  cafile: `${etc}/certs/current/root_ca.crt`,
};
const versions = ['2.0.11', '2.0.21', '2.1.2'] as const;
const debian = `pid_file /run/mosquitto/mosquitto.pid\npersistence true\npersistence_location /var/lib/mosquitto/\nlog_dest file /var/log/mosquitto/mosquitto.log\ninclude_dir ${etc}/conf.d\n`;

async function work(files: ConfigurationFiles, version: string, wanted = goal): Promise<Candidate> {
  const present = await readConfiguration(files, main, version);
  return candidateFor(wanted, files, present, layout, version);
}

const applied = (files: ConfigurationFiles, { files: changed }: Candidate): ConfigurationFiles =>
  overlay(files, new Map(changed.map(({ path, after }) => [path, Buffer.from(after, 'latin1')])));

const textOf = (candidate: Candidate, path: string): string =>
  candidate.files.find((file) => file.path === path)?.after ?? '';

describe.each(versions)('for mosquitto %s', (version) => {
  test("the article's starting point: only access.conf changes", async () => {
    const before = 'per_listener_settings true\nlistener 1883\nallow_anonymous true\n';
    const candidate = await work(filesFrom({ [main]: debian, [access]: before }), version);
    expect(candidate.shortfalls).toEqual([]);
    expect(candidate.files.map((file) => file.path)).toEqual([access]);
    expect(textOf(candidate, access)).not.toContain('per_listener_settings');
    expect(candidate.contradictions).toEqual([]);
  });

  test.each(['refuse', 'loopback', 'remove', 'open'] as const)(
    '1883: %s',
    async (plainListener) => {
      const empty = `${etc}/conf.d/README`;
      const open = { [access]: 'listener 1883\nallow_anonymous true\n' };
      const files = filesFrom({ [main]: debian, ...open });
      const candidate = await work(files, version, { ...goal, plainListener });
      expect(candidate.shortfalls).toEqual([]);
      const plain = candidate.effective.listeners.find((one) => one.port === 1883);
      expect(plain?.anonymous ?? 'none').toBe(
        { refuse: 'refused', loopback: 'accepted', remove: 'none', open: 'accepted' }[
          plainListener
        ],
      );
      if (plainListener === 'loopback') expect(plain?.addresses).toEqual(['127.0.0.1']);
      // No listener at all is the broker's own machine only, and stays that.
      const alone = await work(filesFrom({ [main]: debian, [empty]: '' }), version, {
        ...goal,
        plainListener,
      });
      expect(alone.shortfalls).toEqual([]);
      expect(
        alone.effective.listeners.filter((one) => one.port === 1883).map((one) => one.addresses),
      ).toEqual(plainListener === 'remove' ? [] : [['127.0.0.1']]);
      const tls = candidate.effective.listeners.find((one) => one.port === 8883);
      expect(tls).toMatchObject({ requiresClientCertificate: true, minimumTls: '1.3' });
    },
  );

  test('lines elsewhere that contradict are struck out, and only these', async () => {
    const files = filesFrom({
      [main]: `allow_anonymous true\n${debian}`,
      [`${etc}/conf.d/tls.conf`]: `# ours\nlistener 8883\ncertfile /old.crt\nkeyfile /old.key\n\nlistener 9001\nprotocol websockets\n`,
      [`${etc}/conf.d/zz.conf`]: 'max_queued_messages 500\nallow_anonymous true\n',
    });
    const candidate = await work(files, version);
    expect(candidate.shortfalls).toEqual([]);
    expect(textOf(candidate, `${etc}/conf.d/tls.conf`)).toBe(
      '# ours\n# lockstep: listener 8883\n# lockstep: certfile /old.crt\n# lockstep: keyfile /old.key\n\nlistener 9001\nprotocol websockets\n',
    );
    expect(textOf(candidate, `${etc}/conf.d/zz.conf`)).toBe(
      'max_queued_messages 500\n# lockstep: allow_anonymous true\n',
    );
    expect(candidate.contradictions.map(({ place, text }) => [place.line, text])).toEqual([
      [1, 'allow_anonymous true'],
      [2, 'listener 8883'],
      [3, 'certfile /old.crt'],
      [4, 'keyfile /old.key'],
      [2, 'allow_anonymous true'],
    ]);
  });

  test('what an old access.conf says besides the two doors is kept', async () => {
    const before =
      'password_file /etc/mosquitto/passwd\nlistener 1883\nmax_connections 9\nlistener 9001\nprotocol websockets\n';
    const candidate = await work(filesFrom({ [main]: debian, [access]: before }), version);
    expect(candidate.shortfalls).toEqual([]);
    const text = textOf(candidate, access);
    expect(text).toContain('password_file /etc/mosquitto/passwd');
    expect(text).toContain('listener 9001\nprotocol websockets');
    expect(text).toContain('listener 1883\nmax_connections 9');
  });

  test('a tree that does not include the folder is made to', async () => {
    const candidate = await work(filesFrom({ [main]: 'port 1883\nallow_anonymous true' }), version);
    expect(candidate.shortfalls).toEqual([]);
    expect(textOf(candidate, main)).toBe(
      `# lockstep: port 1883\n# lockstep: allow_anonymous true\ninclude_dir ${etc}/conf.d\n`,
    );
  });

  test('bytes that are no UTF-8 come through', async () => {
    const odd = Buffer.from(`# caf\xe9\nallow_anonymous true\n${debian}`, 'latin1');
    const candidate = await work(filesFrom({ [main]: odd }), version);
    const after = Buffer.from(textOf(candidate, main), 'latin1');
    expect(after).toEqual(
      Buffer.from(`# caf\xe9\n# lockstep: allow_anonymous true\n${debian}`, 'latin1'),
    );
  });
});

test('a default listener that is opened within the block of another is no second one', async () => {
  const files = filesFrom({ [main]: `listener 1884\nport 1883\nallow_anonymous true\n${debian}` });
  for (const version of versions) {
    const candidate = await work(files, version);
    expect(candidate.shortfalls).toEqual([]);
    expect(textOf(candidate, main)).toMatch(
      /^listener 1884\n# lockstep: port 1883\n# lockstep: allow/,
    );
  }
});

test.each([
  [
    'certificates alone let in',
    `listener 8884\ncafile /c/a\ncertfile /c/crt\nkeyfile /c/key\nrequire_certificate true\nuse_identity_as_username true`,
  ],
  ['nobody is let in', 'listener 8885\npsk_hint x'],
])(
  'passwords go from the plain port that is closed, also beside a listener where %s',
  async (_, other) => {
    for (const version of versions) {
      const text = `${debian}listener 1883\npassword_file /c/one\n${other}\n`;
      const { access: cells, shortfalls } = await work(
        filesFrom({ [main]: text, [`${etc}/conf.d/README`]: '' }),
        version,
      );
      expect(shortfalls).toEqual([]);
      const lets = (port: number, when: 'before' | 'after') =>
        cells.filter((one) => one.listener.port === port && one[when] === 'accepted');
      expect(lets(1883, 'before').map(({ who }) => who)).toContain('password');
      expect(lets(1883, 'after')).toEqual([]);
      const kept = ({ listener, who, from }: (typeof cells)[number]) =>
        `${listener.address} ${who} ${from}`;
      expect(lets(8884, 'after').map(kept)).toEqual(lets(8884, 'before').map(kept));
    }
  },
);

test('shared keys that nobody uses afterwards are taken out, for they would harm', async () => {
  const own = 'listener 8884\ncertfile /c/s.crt\nkeyfile /c/s.key\nlistener 8883\npsk_hint h\n';
  const files = filesFrom({ [main]: `${own}psk_file /c/psk\n${debian}` });
  for (const version of versions) {
    const candidate = await work(files, version);
    expect(candidate.shortfalls).toEqual([]);
    expect(textOf(candidate, main)).toMatch(/keyfile .*\n# .*\n# .*\n# lockstep: psk_file/);
  }
  // One that a listener goes on using stays.
  const used = 'listener 8884\npsk_hint h\npsk_file /c/psk\n';
  const kept = await work(filesFrom({ [main]: used + debian }), '2.0.11');
  expect([kept.shortfalls, kept.contradictions]).toEqual([[], []]);
});

test('a goal out of reach is told, with the reason', async () => {
  const psk = 'listener 8884\npsk_hint home\npsk_file /etc/mosquitto/psk\n';
  const files = filesFrom({ [main]: debian, [`${etc}/conf.d/psk.conf`]: psk });
  for (const version of ['2.0.21', '2.1.2']) {
    const candidate = await work(files, version);
    expect(candidate.shortfalls.join()).toContain('PSK');
    expect((await work(files, version, { ...goal, minimumTls: '1.2' })).shortfalls).toEqual([]);
  }
});

test.each(versions)(
  'a default listener on another port stays where it is, on %s',
  async (version) => {
    const other = filesFrom({ [main]: `bind_address 127.0.0.1\nport 1885\n${debian}` });
    const candidate = await work(other, version);
    expect(candidate.files.map((file) => file.path)).toEqual([access]);
    expect(
      candidate.effective.listeners.map((one) => [one.port, one.addresses, one.anonymous]),
    ).toEqual([
      [1885, ['127.0.0.1'], 'refused'],
      [8883, ['0.0.0.0', '::'], 'accepted'],
    ]);
  },
);

const corpus = fileURLToPath(new URL('../../../../shared/corpus/real/', import.meta.url));
const found = existsSync(corpus) ? readdirSync(corpus).sort() : [];

describe.skipIf(found.length === 0)('real configurations, where there is a corpus of them', () => {
  test.each(versions)('%s: all that load reach the goal, and once is enough', async (version) => {
    let reached = 0;
    for (const name of found) {
      const text = readFileSync(corpus + name);
      for (const files of [
        filesFrom({ [main]: text }),
        filesFrom({ [main]: debian, [`${etc}/conf.d/local.conf`]: text }),
      ]) {
        const present = await readConfiguration(files, main, version);
        if (!effective(present, version).loads) continue;
        const candidate = await candidateFor(
          { ...goal, minimumTls: '1.2' },
          files,
          present,
          layout,
          version,
        );
        expect(candidate.shortfalls, name).toEqual([]);
        const again = await work(applied(files, candidate), version, {
          ...goal,
          minimumTls: '1.2',
        });
        expect(
          again.files.map((file) => file.path),
          name,
        ).toEqual([]);
        reached++;
      }
    }
    expect(reached).toBeGreaterThan(50);
  });
});

test('a file that is not read to its end is told as that', async () => {
  // 2.1 reads UTF-16 to the first NUL byte of each line.
  const utf16 = Buffer.from('\uFEFFlistener 1883\nallow_anonymous true\n', 'utf16le').toString(
    'latin1',
  );
  const { shortfalls } = await work(filesFrom({ [main]: utf16 }), '2.1.2');
  expect(shortfalls[0]).toBe(
    `The broker does not read ${main} as far as the line that includes ${access}: most likely it is not plain text (UTF-16, or a NUL byte). Save it as UTF-8.`,
  );
});

test('what stands behind the line that includes our listener is moved above it, also where each has its own', async () => {
  // mosquitto 2.1.2 crashes otherwise: a plugin behind it, of one of two listeners.
  const text = `per_listener_settings true\nlistener 1884\npassword_file /c/pw\nlistener 8884\nallow_anonymous false\ninclude_dir ${etc}/conf.d\nplugin /usr/lib/mosquitto_password_file.so\nplugin_opt_password_file /c/pw2\nacl_file /c/acl\n`;
  const files = filesFrom({ [main]: text, [`${etc}/conf.d/README`]: '' });
  for (const version of ['2.0.21', '2.1.2'] as const) {
    const candidate = await work(files, version, { ...goal, ports: { plain: null, tls: 8883 } });
    expect(candidate.shortfalls).toEqual([]);
    const lines = textOf(candidate, main).split('\n');
    const include = lines.indexOf(`include_dir ${etc}/conf.d`);
    expect(lines.slice(include + 1).every((line) => line === '' || line.startsWith('#'))).toBe(
      true,
    );
    expect(lines.slice(0, include)).toContain('plugin_opt_password_file /c/pw2');
  }
});
