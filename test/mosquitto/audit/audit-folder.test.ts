import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { auditFolder, auditText, isPartial } from '../../../src/commands/audit.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-audit-'));
});
afterEach(() => rm(folder, { recursive: true }));

const put = (name: string, text: string) => writeFile(join(folder, name), text);

test('the folder stands for /etc/mosquitto; the answer has the contract’s fields', async () => {
  await mkdir(join(folder, 'conf.d'));
  await put('mosquitto.conf', 'allow_anonymous false\ninclude_dir /etc/mosquitto/conf.d\n');
  await put('conf.d/a.conf', 'listener 1900\nallow_anonymous true\n');
  const report = await auditFolder(folder, '2.0.11');
  expect(report).toMatchObject({ loads: true, firstError: null });
  expect(report.listeners).toEqual([
    {
      port: 1900,
      addresses: ['0.0.0.0', '::'],
      protocol: 'mqtt',
      tls: false,
      requiresClientCertificate: false,
      minimumTls: null,
      anonymous: 'accepted',
    },
  ]);
  expect(report.findings[0]).toEqual({
    id: 'open-to-network',
    severity: 'critical',
    file: '/etc/mosquitto/conf.d/a.conf',
    line: 2,
    message: expect.stringContaining('port 1900'),
    fix: expect.stringContaining('"allow_anonymous false"'),
  });
});

test('folders elsewhere are empty, names resolve, files are good: said, too', async () => {
  await put(
    'mosquitto.conf',
    'include_dir /srv/more\ninclude_dir conf.d\ninclude_dir /etc/mosquitto/../passwd\nlistener 8883 broker.example\ncertfile /nowhere/a\nkeyfile /nowhere/b\n',
  );
  const { loads, listeners, findings } = await auditFolder(folder, '2.0.21');
  expect(loads).toBe(true);
  expect(listeners[0]).toMatchObject({ addresses: ['broker.example'], tls: true });
  expect(findings.find(({ id }) => id === 'taken-for-granted')).toMatchObject({
    severity: 'note',
    line: 5,
    message:
      "Not looked at, and taken to be there and good: /nowhere/a and /nowhere/b. Taken to be known on the broker's machine: broker.example.",
  });
});

test('what is named and was not looked at is no all-clear', async () => {
  const calm = 'allow_anonymous false\nlistener 1883 127.0.0.1\n';
  const named: [string, string][] = [
    ['password_file ./passwd\n', './passwd'],
    ['acl_file /etc/mosquitto/acl\n', '/etc/mosquitto/acl'],
    ['plugin /opt/x.so\n', '/opt/x.so'],
    ['plugin_load x /opt/x.so\nplugin_use x\n', '/opt/x.so'],
    ['log_dest file /k/log\n', '/k/log'],
    ['listener 1884 nosuch.host\n', 'nosuch.host'],
    [
      Array.from(
        { length: 9 },
        (_, n) => `listener ${8000 + n}\ncertfile /k/${n}\nkeyfile /k/0\n`,
      ).join(''),
      '/k/7 and 1 more',
    ],
  ];
  for (const [text, shown] of named) {
    await put('mosquitto.conf', calm + text);
    const report = await auditFolder(folder, '2.1.2');
    const [said] = report.findings.filter(({ id }) => id === 'taken-for-granted');
    expect(said?.message, text).toContain(shown);
    expect(auditText(report)[0]).toContain('if what it names is there and good');
    expect(isPartial(report)).toBe(false);
  }
  await put('mosquitto.conf', calm);
  expect(auditText(await auditFolder(folder, '2.1.2'))[0]).toBe(
    'The broker starts with this configuration.',
  );
});

test('a folder with a blank at its end is not there; one that is missing is empty', async () => {
  await put('mosquitto.conf', 'include_dir /etc/mosquitto/none\n');
  expect((await auditFolder(folder, '2.0.11')).loads).toBe(true);
  await put('mosquitto.conf', 'include_dir /etc/mosquitto/none \n');
  expect((await auditFolder(folder, '2.0.11')).firstError).toBe(
    "Error: Unable to open include_dir '/etc/mosquitto/none '.",
  );
});

test.each([
  ['/etc/mosquitto/conf.d # comment'],
  ['/etc/mosquitto/conf.d\t'],
  ['"/etc/mosquitto/conf.d"'],
  [' /etc/mosquitto/conf.d'],
  ['/srv/more # comment'],
])('a folder that nobody has is none: %j', async (name) => {
  await mkdir(join(folder, 'conf.d'));
  await put('mosquitto.conf', `include_dir ${name}\n`);
  for (const version of ['2.0.11', '2.0.21', '2.1.2'])
    expect((await auditFolder(folder, version)).firstError).toBe(
      `Error: Unable to open include_dir '${name}'.`,
    );
});

test('a folder that is there is read, by whatever name', async () => {
  await mkdir(join(folder, 'conf.d # old'));
  await put('conf.d # old/a.conf', 'listener 1900\n');
  for (const name of ['conf.d # old', 'conf.d # old/', './/conf.d # old/.']) {
    await put('mosquitto.conf', `include_dir /etc/mosquitto/${name}\n`);
    const { findings, listeners } = await auditFolder(folder, '2.0.21');
    expect(listeners.map(({ port }) => port)).toEqual([1900]);
    expect(findings.map(({ file }) => file)).toContain('/etc/mosquitto/conf.d # old/a.conf');
  }
});

test('a link out of the folder is not followed', async () => {
  await mkdir(join(folder, 'conf.d'));
  await put('mosquitto.conf', 'include_dir /etc/mosquitto/conf.d\n');
  const outside = `${folder}-outside`;
  await writeFile(outside, 'nonsense\n');
  await symlink(outside, join(folder, 'conf.d/x.conf'));
  try {
    expect((await auditFolder(folder, '2.0.11')).loads).toBe(true);
  } finally {
    await rm(outside);
  }
});

test('a folder that is none', async () => {
  const gone = join(folder, 'gone');
  await expect(auditFolder(gone, '2.0.11')).rejects.toMatchObject({
    message: `The folder ${gone} cannot be read.`,
    exitCode: 2,
  });
  await put('file', '');
  await expect(auditFolder(join(folder, 'file'), '2.0.11')).rejects.toThrow('cannot be read');
});

test('no main file, a main file that does not load', async () => {
  const none = await auditFolder(folder, '2.0.11');
  expect(none.firstError).toBe('Error: Unable to open config file /etc/mosquitto/mosquitto.conf.');
  await put('mosquitto.conf', 'listener abc\n');
  const broken = await auditFolder(folder, '2.1.2');
  expect(broken).toMatchObject({ loads: false, listeners: [] });
  expect(broken.firstError).toBe("Error: 'listener port' value not a number.");
});

test('for people: what it does, what is wrong, how to mend it', async () => {
  await put('mosquitto.conf', 'listener 1900\nallow_anonymous true\n');
  const text = auditText(await auditFolder(folder, '2.0.11'));
  expect(text[0]).toBe('The broker starts with this configuration.');
  expect(text[1]).toBe('  1900 on 0.0.0.0, :: (mqtt): plain, anonymous accepted');
  expect(text).toContain('critical /etc/mosquitto/mosquitto.conf:2');
  expect(text.at(-1)).toBe('Findings: 1 critical, 0 warnings, 0 notes.');
});

test.each(['/mosquitto/config/conf.d', './conf.d', '/srv/mosquitto/etc/conf.d'])(
  'a folder elsewhere (%s) is read beside the main file, and that is said',
  async (name) => {
    await mkdir(join(folder, 'conf.d'));
    await put('mosquitto.conf', `include_dir ${name}\n`);
    await put('conf.d/open.conf', 'listener 1883\nallow_anonymous true\n');
    const report = await auditFolder(folder, '2.0.21');
    expect(report.listeners).toMatchObject([{ port: 1883, anonymous: 'accepted' }]);
    expect(report.findings.map(({ id }) => id)).toEqual(['open-to-network', 'read-beside']);
    expect(report.findings[1]?.message).toContain(join(folder, 'conf.d'));
    expect(isPartial(report)).toBe(false);
  },
);

test.each(['/mosquitto/config/conf.d', './more', '/srv/more'])(
  'a folder elsewhere (%s) that is not here: said, and no all-clear',
  async (name) => {
    await put('mosquitto.conf', `include_dir ${name}\n`);
    const report = await auditFolder(folder, '2.0.21');
    expect(isPartial(report)).toBe(true);
    expect(report.findings[0]).toMatchObject({ id: 'not-read', severity: 'critical', line: 1 });
    const text = auditText(report).join('\n');
    expect(text).toContain('A part of the configuration was not read.');
    expect(text).not.toMatch(/cannot reach it|only programs on this machine can connect \(port/);
  },
);

test.each(['custom.d', 'custom.d/', './custom.d/.'])(
  'a folder of the tree itself (%s) that the copy is without: said, and no all-clear',
  async (name) => {
    await put('mosquitto.conf', `listener 1883 127.0.0.1\ninclude_dir /etc/mosquitto/${name}\n`);
    for (const version of ['2.0.11', '2.0.21', '2.1.2']) {
      const report = await auditFolder(folder, version);
      expect(isPartial(report)).toBe(true);
      expect(report.findings[0]).toMatchObject({ id: 'not-read', severity: 'critical', line: 2 });
      expect(report.findings[0]?.message).toContain('/etc/mosquitto/custom.d');
      expect(auditText(report).join('\n')).not.toMatch(/cannot reach it/);
    }
    await mkdir(join(folder, 'custom.d'));
    expect(isPartial(await auditFolder(folder, '2.0.21'))).toBe(false);
    await rm(join(folder, 'custom.d'), { recursive: true });
  },
);

test.each([
  ['a file to nothing that is here', '/srv/none.conf', 'conf.d/x.conf'],
  ['a folder to nothing that is here', '/srv/none', 'more.d'],
  ['a folder to one of this machine', '/etc', 'more.d'],
])('a link of %s was not read', async (_, target, name) => {
  await mkdir(join(folder, 'conf.d'));
  await put(
    'mosquitto.conf',
    `include_dir /etc/mosquitto/conf.d\n${name === 'more.d' ? 'include_dir /etc/mosquitto/more.d\n' : ''}`,
  );
  await symlink(target, join(folder, name));
  const report = await auditFolder(folder, '2.0.21');
  expect(report.loads).toBe(true);
  expect(isPartial(report)).toBe(true);
  expect(report.findings[0]?.message).toContain(`/etc/mosquitto/${name} is a link that leads out`);
});

test('a link to a folder inside is followed', async () => {
  await mkdir(join(folder, 'real.d'));
  await put('real.d/a.conf', 'listener 1900\n');
  await symlink('real.d', join(folder, 'conf.d'));
  await put('mosquitto.conf', 'include_dir /etc/mosquitto/conf.d\n');
  const report = await auditFolder(folder, '2.0.21');
  expect(report.listeners.map(({ port }) => port)).toEqual([1900]);
  expect(isPartial(report)).toBe(false);
});

test('a link out of the folder is said not to have been read', async () => {
  await mkdir(join(folder, 'conf.d'));
  await put('mosquitto.conf', 'include_dir /etc/mosquitto/conf.d\n');
  await symlink('/etc/hostname', join(folder, 'conf.d/x.conf'));
  const report = await auditFolder(folder, '2.0.11');
  expect(report.findings[0]).toMatchObject({
    id: 'not-read',
    file: '/etc/mosquitto/conf.d/x.conf',
  });
});

test('where the broker does not start with what was read, what was not read can change that', async () => {
  await put(
    'mosquitto.conf',
    'include_dir /srv/more\nlistener 9001\nprotocol websockets\nallow_anonymous true\n',
  );
  const report = await auditFolder(folder, '2.0.11');
  expect(auditText(report)[0]).toMatch(
    /^A part of the configuration was not read\. With what was read the broker does not start: Error: Unable/,
  );
  expect(report.findings.map(({ message, fix }) => message + fix).join('\n')).not.toMatch(
    /broker does not start with this|listener \d/,
  );
  const open = report.findings.find(({ id }) => id === 'open-to-network');
  expect(open?.message).toMatch(/^Once the broker starts, by what was read: Anybody .* port 9001/);
  expect(open?.fix).toBe(
    'First have /srv/more read as well, then audit again: what is to be done depends on what it says.',
  );
});

test.each(['listener x\n', 'listener 1883\npassword_file /k/\udcff\n'])(
  'what whom it lets in was not looked at of: no all-clear (%j)',
  async (text) => {
    await writeFile(
      join(folder, 'mosquitto.conf'),
      Buffer.from(text.replace('\udcff', '\xff'), 'latin1'),
    );
    const report = await auditFolder(folder, '2.1.2');
    expect(report.findings.map(({ id }) => id)).toContain('not-looked-at');
    expect(isPartial(report)).toBe(true);
  },
);

test('what can be put right in memory was looked at', async () => {
  await put('mosquitto.conf', 'listener 1883\nallow_anonymous = true\n');
  expect(isPartial(await auditFolder(folder, '2.1.2'))).toBe(false);
});
