import { expect, test } from 'vitest';
import { filesFrom } from '../../../src/mosquitto/config/files/files.ts';
import { isLoss } from '../../../src/mosquitto/effective/access-table.ts';
import { apiChanges } from '../../../src/mosquitto/effective/http-api.ts';
import { accessLines } from '../../../src/steps/access/access-lines.ts';
import { whyNotKept } from '../../../src/steps/release/kept-listener.ts';
import { type Choice, choices, etc, hardened, type Kept } from '../../support/brokers/hardening.ts';
import { main, read, versions } from '../../support/brokers/reading.ts';

// What holds for those who stay let in: each of these was once "as before", and was not.

const include = `include_dir ${etc}/conf.d`;
const secured = 'certfile /c/crt\nkeyfile /c/key\ncafile /c/a\nrequire_certificate true\n';

async function done(
  text: string,
  version: string,
  choice: Choice = 'refuse',
  otherTls: Kept = 'close',
) {
  const whole = text.includes(include) ? text : `${text}${include}\n`;
  const files = filesFrom({ [main]: whole, [`${etc}/conf.d/README`]: '' });
  const one = await hardened(files, version, choice, otherTls);
  if (!one) throw new Error('it was asked which port is meant');
  const { candidate } = one;
  return {
    ...one,
    refused: candidate.shortfalls.join(' '),
    listener: (port: number) => candidate.effective.listeners.filter((each) => each.port === port),
    lines: accessLines({
      cells: candidate.access,
      plain: 1883,
      use: null,
      authorities: new Map(),
    }).map(({ text }) => text),
    access: candidate.files.find(({ path }) => path.endsWith('access.conf'))?.after ?? '',
  };
}

test.each(versions)(
  'a listener around the included folder keeps its lines, %s',
  async (version) => {
    const text = `listener 8884\npassword_file /c/pw\n${include}\n${secured}crlfile /c/crl\nmount_point a/\n`;
    const { refused, listener, candidate } = await done(text, version);
    expect(refused).toBe('');
    expect(listener(8884)).toMatchObject([
      { tls: true, requiresClientCertificate: true, settings: { crlfile: '/c/crl' } },
    ]);
    const [, changed] = candidate.files;
    expect(
      changed?.after.split('\n').filter((line) => line.startsWith('mount_point')),
    ).toHaveLength(1);
    expect(candidate.contradictions.map(({ why }) => why).join()).toContain('would be lost');
  },
);

test.each(versions)(
  'what would let in somebody new is refused, and whom and where is said: %s',
  async (version) => {
    // The folder is not read today: with access.conf, which needs it, its other files would be, too.
    const files = filesFrom({
      [main]: 'allow_anonymous false\nlistener 1883\nlistener 9001\n',
      [`${etc}/conf.d/passwords.conf`]: 'password_file /c/pw\n',
    });
    for (const choice of choices)
      expect((await hardened(files, version, choice, 'close'))?.candidate.shortfalls).toContain(
        'Port 9001 would let in who has a password, and does not today.',
      );
  },
);

test.each(['2.0.11', '2.0.21'])(
  'of a listener whose plugin looks at every name, nothing is said of passwords: %s',
  async (version) => {
    // A plugin that has no opinion lets any name in, and none was let in by a password file.
    const text =
      'per_listener_settings true\nplugin /c/p.so\nlistener 1884\nallow_anonymous true\n';
    for (const choice of choices) {
      const { refused, candidate } = await done(text, version, choice);
      expect(refused).toBe('');
      const cells = candidate.access.filter(({ listener }) => listener.port === 1883);
      expect(cells.map(({ who }) => who)).toContain('plugin');
      const told = cells.filter(({ who, before, after }) => who === 'password' && before !== after);
      expect([choice, told]).toEqual([choice, []]);
    }
  },
);

test.each(versions)(
  'a plain port of IPv6 alone serves its machine by that, and opens nowhere else: %s',
  async (version) => {
    const texts = [
      'listener 1883\nsocket_domain ipv6\n',
      'listener 1883 fd00::2\n',
      'port 1883\nsocket_domain ipv6\n',
    ];
    for (const text of texts) {
      const { refused, listener, candidate } = await done(
        `${text}allow_anonymous true\n`,
        version,
        'loopback',
      );
      expect(refused).toBe('');
      expect(listener(1883).flatMap(({ addresses }) => addresses)).toEqual(['::1']);
      const come = candidate.access.filter((cell) => cell.before === 'absent' && !cell.ours);
      expect(come.filter(({ after }) => after === 'accepted')).toEqual([]);
    }
    const both = await done('listener 1883\nallow_anonymous true\n', version, 'loopback');
    expect(both.listener(1883).flatMap(({ addresses }) => addresses)).toEqual(['127.0.0.1']);
  },
);

test('a listener at which nobody can knock is told before anything is changed', async () => {
  const text = 'allow_anonymous true\nlistener 1883\nlistener 0 /run/w.sock\nprotocol websockets\n';
  for (const version of ['2.0.11', '2.0.21'])
    expect((await done(text, version)).refused).toBe(
      `Whom the listener of ${main}, line 3, lets in could not be seen: before 2.1, websockets at a unix socket open a port that the system chooses. Give it a port of its own first.`,
    );
  expect((await done(text, '2.1.2')).refused).toBe('');
});

test('a kept authority keeps its addresses, its access list, and lets in no other one', async () => {
  const at = (address: string, ca: string) =>
    `listener 8883 ${address}\n${secured.replace('/c/a', ca)}use_identity_as_username true\n`;
  const open = 'allow_anonymous true\nlistener 1883\n';
  const loopback = await done(open + at('127.0.0.1', '/c/a'), '2.0.21', 'refuse', 'keep');
  expect(loopback.refused).toBe('');
  expect(loopback.listener(8883)).toMatchObject([{ addresses: ['127.0.0.1'] }]);

  const two = at('10.0.0.1', '/c/a') + at('10.0.0.2', '/c/b');
  const mixed = await done(open + two, '2.0.21', 'refuse', 'keep');
  expect(mixed.refused).toMatch(/Port 8883 would let in who has a certificate .*\/c\/b/);

  const apart = `per_listener_settings true\nlistener 1883\nallow_anonymous true\nlistener 1884\npassword_file /c/pw\n${at('', '/c/a').replace('8883 ', '8883')}acl_file /c/acl\n`;
  const ruled = await done(apart, '2.0.21', 'refuse', 'keep');
  expect(ruled.refused).toBe('');
  expect(ruled.access).toContain('use_identity_as_username true\nacl_file /c/acl\n');
});

test('who needs a certificate and a password is not let in by a certificate alone', async () => {
  const both = `allow_anonymous false\npassword_file /c/pw\nlistener 1883\nlistener 8883\n${secured}`;
  const { refused } = await done(both, '2.0.21', 'refuse', 'keep');
  expect(refused).toContain('Port 8883 would let in who has a certificate of its authority');
});

test('two instances of a plugin stay with their listeners', async () => {
  const plugin = (file: string) =>
    `plugin /usr/lib/mosquitto_password_file.so\nplugin_opt_password_file ${file}\n`;
  const text = `per_listener_settings true\nlistener 1883\nallow_anonymous true\nlistener 1884\n${plugin('/c/a')}listener 1885\n${plugin('/c/b')}`;
  for (const version of ['2.0.21', '2.1.2']) {
    const { candidate } = await done(text, version, 'remove');
    expect(candidate.shortfalls).toEqual([]);
    expect(candidate.manner).toBe('apart');
    expect(candidate.apartBecause.join(' ')).toMatch(/Port 188[45] would .*password_file=\/c\//);
  }
});

test.each([
  ['2.1.2', 'password_file /c/pw', 'a name that is known, or none'],
  [
    '2.0.21',
    'allow_anonymous true\nacl_file /c/acl',
    'At port 1883 more would be asked of everybody than now: the rules of /c/acl.',
  ],
])(
  'settings of another listener do not come to count at the plain port, %s',
  async (v, more, why) => {
    const text = `per_listener_settings true\nlistener 1883\nallow_anonymous true\nlistener 1884\n${more}\n`;
    const { candidate } = await done(text, v, 'open');
    expect(candidate.shortfalls).toEqual([]);
    expect(candidate.manner).toBe('apart');
    expect(candidate.apartBecause.join(' ')).toContain(why);
  },
);

test.each(versions)('an address that bind_address opened stays, %s', async (version) => {
  const text = 'allow_anonymous true\nbind_address 127.0.0.1\nlistener 1883 10.0.0.1\n';
  const open = await done(text, version, 'open');
  expect(open.refused).toBe('');
  expect(
    open
      .listener(1883)
      .flatMap(({ addresses }) => addresses)
      .sort(),
  ).toEqual(['10.0.0.1', '127.0.0.1']);
  const loopback = await done(text, version, 'loopback');
  expect(loopback.refused).toBe('');
  expect(loopback.listener(1883).flatMap(({ addresses }) => addresses)).toEqual(['127.0.0.1']);
});

test('an address of its own machine that is served no more is named', async () => {
  const { lines, candidate } = await done('persistence true\n', '2.0.21', 'open');
  expect(lines).toContain(
    '1883 · anonymous: as before (only its own machine reaches it); at ::1 nothing listens there from now on',
  );
  expect(candidate.access.filter(isLoss).map(({ listener }) => listener.address)).toContain('::1');
});

test('loopback is refused where the broker cannot do it', async () => {
  const text =
    'allow_anonymous true\nlistener 9001 127.0.0.1\nprotocol websockets\nlistener 0 /run/m\n';
  expect((await done(text, '2.0.11', 'loopback')).refused).toContain(
    'reached from the network all the same',
  );
  expect((await done(text, '2.1.2', 'loopback')).refused).toBe('');
});

test('a setting that did nothing is not brought to life', async () => {
  // Without a listener the broker is in local only mode, and max_connections is nobody's.
  const { access, refused } = await done('max_connections 9\n', '2.0.21', 'open');
  expect(refused).toBe('');
  expect(access).toContain('listener 1883 127.0.0.1\n\n');
});

test('the plain port is told for clients that move, even where 8883 was somebody else’s', async () => {
  const text = `allow_anonymous true\nlistener 1883\nmount_point site-a/\nmaximum_qos 1\nlistener 8883\n${secured}`;
  const { goal } = await done(text.replace('maximum_qos 1\n', 'max_qos 1\n'), '2.1.2', 'refuse');
  expect(goal.carried).toEqual(['mount_point site-a/', 'max_qos 1']);
});

test('what was added to the listener of an earlier run stays there', async () => {
  const first = await done('allow_anonymous true\nlistener 1883\n', '2.0.21', 'open');
  const added = first.access.replace(
    'use_identity_as_username true\n',
    'use_identity_as_username true\ncrlfile /c/ours.crl\nuse_username_as_clientid true\n',
  );
  const changed = new Map(first.candidate.files.map(({ path, after }) => [path, after]));
  const files = filesFrom({
    [main]: changed.get(main) ?? `allow_anonymous true\nlistener 1883\n${include}\n`,
    [`${etc}/conf.d/access.conf`]: added,
  });
  const again = await hardened(files, '2.0.21', 'refuse', 'close');
  expect(again?.candidate.shortfalls).toEqual([]);
  expect(again?.goal.carried).toEqual(['crlfile /c/ours.crl', 'use_username_as_clientid true']);
  const own = again?.candidate.effective.listeners.find(({ port }) => port === 8883);
  expect(own?.settings.crlfile).toBe('/c/ours.crl');
});

test('a kept listener keeps what it was set to, or is not kept', async () => {
  const theirs = `listener 8883\n${secured}use_identity_as_username true\nuse_username_as_clientid true\n`;
  const kept = await done(
    `allow_anonymous true\nlistener 1883\n${theirs}`,
    '2.0.21',
    'refuse',
    'keep',
  );
  expect(kept.access).toContain('use_identity_as_username true\nuse_username_as_clientid true\n');
  const why = async (text: string) => whyNotKept(await read(text, '2.0.21'), 8883);
  expect(await why(theirs)).toBeNull();
  expect(
    await why(
      `listener 8883 10.0.0.5\n${secured}listener 8883 10.0.0.6\nmount_point a/\n${secured}`,
    ),
  ).toContain('different settings');
  expect(await why(`acl_file /c/acl\nlistener 8883\n${secured}`)).toContain('decided by name');
  expect(await why(`acl_file /c/acl\n${theirs}`)).toBeNull();
  expect(await why(`listener 8883\n${secured}capath /c/more\n`)).toContain('capath');
});

test('the HTTP API is not opened with the plain port, and its closing is told', async () => {
  const api = 'listener 8080\nprotocol http_api\n';
  const apart = await done(
    `per_listener_settings true\nlistener 1883\nallow_anonymous true\n${api}`,
    '2.1.2',
    'open',
  );
  expect([apart.candidate.manner, apart.refused]).not.toEqual(['together', '']);
  expect(apiChanges(apart.present, apart.candidate.configuration).loosened).toEqual([]);
  const one = await done(
    `password_file /c/pw\nlistener 1883\nlistener_allow_anonymous true\n${api}`,
    '2.1.2',
    'open',
  );
  expect([one.candidate.manner, one.refused]).toEqual(['exempt', '']);
  const closed = await done(`allow_anonymous true\nlistener 1883\n${api}`, '2.1.2');
  expect(apiChanges(closed.present, closed.candidate.configuration).closed).toEqual([
    'Port 8080 (http_api) answers nobody without a name and password from now on.',
  ]);
});

test('who needs a key and a password is named where the port is closed', async () => {
  const text =
    'allow_anonymous false\npassword_file /c/pw\npsk_file /c/psk\nlistener 1883\nlistener 8883\npsk_hint x\n';
  const { refused, candidate } = await done(text, '2.0.21');
  expect(refused).toBe('');
  const lost = candidate.access.filter(isLoss).filter(({ listener }) => listener.port === 8883);
  expect(lost.map(({ who }) => who)).toContain('password');
});

test.each(versions)('names and certificates as they are met: %s', async (version) => {
  const tls = 'listener 8883\ncertfile /c/crt\nkeyfile /c/key\nallow_anonymous true\n';
  const told = async (text: string, otherTls: Kept) => {
    const { candidate } = await done(text, version, 'refuse', otherTls);
    return candidate.access
      .filter(({ from, listener }) => from === 'network' && listener.address === '0.0.0.0')
      .map(({ who, before, after }) => `${who} ${before} -> ${after}`);
  };
  // No certificate was asked for: whoever shows one gets in as everybody does.
  expect(await told(tls, 'close')).toEqual([
    'anonymous accepted -> refused',
    'password accepted -> refused',
    'certificate accepted -> accepted',
  ]);
  // Of a kept authority's holders the names do not count, and go on being let in.
  const asked = `${tls}cafile /c/a\nrequire_certificate true\n`;
  expect(await told(asked, 'keep')).toEqual([
    'anonymous refused -> refused',
    'password accepted -> accepted',
    'certificate accepted -> accepted',
    'certificate refused -> accepted',
  ]);
  expect(await told(asked, 'close')).toContain('password accepted -> refused');
});

test.each(versions)('names that nobody knows, and lines for each side: %s', async (version) => {
  // Any name does at 1885; with one word for all the file of 1884 counts there, too.
  const own =
    'per_listener_settings true\nlistener 1883\nallow_anonymous true\nlistener 1884\npassword_file /p\n';
  const beside = `${own}listener 1885\nallow_anonymous true\n`;
  const { candidate, lines } = await done(beside, version, 'remove');
  expect(candidate.manner).toBe('together');
  expect(lines).toContain('1885 · any other name: refused from now on');
  expect(lines).toContain('1885 · password: as before');
  const cells = candidate.access.filter(({ anyName }) => anyName);
  expect(cells.every((cell) => isLoss(cell) && cell.who === 'password')).toBe(true);
  // Programs of the machine itself had to use that address, and lose it.
  const moved = await done('listener 1883 192.0.2.5\nallow_anonymous true\n', version, 'loopback');
  expect(moved.lines[0]).toBe(
    '1883 · anonymous: from its own machine only, from now on; at 192.0.2.5 nothing listens there from now on',
  );
});

test.each(versions)(
  'a port that is to refuse everyone takes no password of another: %s',
  async (version) => {
    const apart =
      'per_listener_settings true\nlistener 1883\nallow_anonymous true\nlistener 1884\npassword_file /p\n';
    const { candidate, lines } = await done(apart, version);
    expect(candidate.shortfalls).toEqual([]);
    expect(candidate.manner).toBe('apart');
    expect(candidate.apartBecause).toEqual([
      'Port 1883 would go on letting in who has a password.',
    ]);
    expect(lines).toContain('1883 · password: refused from now on');
    expect(lines).toContain('1884 · password: as before');
    // With one list for all it cannot be had.
    const one = await done(
      'allow_anonymous false\npassword_file /p\nlistener 1883\nlistener 1884\n',
      version,
    );
    expect(one.candidate.shortfalls).toEqual([]);
    expect(one.lines).toContain('1883 · password: as before');
  },
);

test.each(versions)('what cannot be seen, or kept, is refused: %s', async (version) => {
  const plain = 'listener 1883\nallow_anonymous true\n';
  const tls = 'certfile /c/crt\nkeyfile /c/key\n';
  if (version !== '2.0.11' && version !== '2.0.21') {
    const { refused } = await done(`${plain}listener 1884\nenable_proxy_protocol 2\n`, version);
    expect(refused).toContain('it speaks to a proxy only (enable_proxy_protocol)');
  }
  // The keys of two listeners that both want one file; certificates and keys at one.
  const both = `psk_file /k\n${plain}listener 8884\n${tls}psk_hint x\n`;
  const { refused } = await done(both, version);
  expect(refused).toMatch(/takes certificates and pre-shared keys at once|would not start/);
  // Keys alone open nothing to everybody.
  const keys = `psk_file /k\nlistener 1883\nlistener 8884\npsk_hint x\nuse_identity_as_username true\n`;
  expect((await done(keys, version, 'remove')).refused).not.toContain('would let anybody in');
  const spoken = `listener 8883\nprotocol websockets\n${tls}cafile /c/a\nrequire_certificate true\nuse_identity_as_username true\n`;
  expect(whyNotKept(await read(spoken, version), 8883)).toContain('It speaks websockets');
});

test.each(versions)('a listener of one family gets one of that family: %s', async (version) => {
  const one = 'allow_anonymous true\nlistener 1883\nbind_interface eth0\nsocket_domain ipv4\n';
  const { refused, access } = await done(one, version);
  expect(refused).toBe('');
  expect(access).toContain('listener 8883\nbind_interface eth0\nsocket_domain ipv4\n');
  const other = await done('allow_anonymous true\nlistener 1883\nsocket_domain ipv6\n', version);
  expect(other.access).toContain('listener 8883\nsocket_domain ipv6\n');
  expect(other.listener(8883).flatMap(({ addresses }) => addresses)).toEqual(['::']);
});

test('whom a shared key lets in is no matter of names', async () => {
  const own = `per_listener_settings true
listener 1883
allow_anonymous true
listener 1884
allow_anonymous false
password_file /p
listener 8886
psk_hint hint
psk_file /k
use_identity_as_username true
allow_anonymous false
`;
  const { refused, lines } = await done(own, '2.0.11', 'remove');
  expect(refused).toBe('');
  expect(lines.filter((line) => line.startsWith('8886'))).toEqual([
    '8886 · anonymous: refused, as before',
    '8886 · a shared key: as before',
  ]);
});
