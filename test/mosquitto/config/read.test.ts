import { expect, test } from 'vitest';
import { filesFrom, overlay } from '../../../src/mosquitto/config/files/files.ts';
import { readConfiguration } from '../../../src/mosquitto/config/reader/read.ts';
import { inReadingOrder } from '../../../src/mosquitto/config/reader/reading-order.ts';
import { main, read } from '../../support/brokers/reading.ts';

const included = 'include_dir /etc/mosquitto/conf.d\n';

test('lines come in the broker’s order, with the listener they stand under', async () => {
  const { directives, files } = await read({
    'mosquitto.conf': `user mosquitto\n${included}allow_anonymous false\n`,
    'conf.d/b.conf': 'certfile  /k/a b.crt \r\n',
    'conf.d/A.conf': '# a\n\n  listener 1900 ::1 # six\nmax_qos 1\n',
  });
  expect(files).toEqual([main, '/etc/mosquitto/conf.d/A.conf', '/etc/mosquitto/conf.d/b.conf']);
  expect(
    directives.map(({ file, line, option, value, listener }) => [
      file.split('/').pop(),
      line,
      option,
      value,
      listener?.isDefault ? 'default' : listener?.port,
    ]),
  ).toEqual([
    ['mosquitto.conf', 1, 'user', 'mosquitto', 'default'],
    ['mosquitto.conf', 2, 'include_dir', '/etc/mosquitto/conf.d', 'default'],
    ['A.conf', 3, 'listener', '1900 ::1 # six', 1900],
    ['A.conf', 4, 'max_qos', '1', 1900],
    ['b.conf', 1, 'certfile', '/k/a b.crt', 'default'],
    ['mosquitto.conf', 3, 'allow_anonymous', 'false', 'default'],
  ]);
  expect(directives[2]?.raw).toBe('  listener 1900 ::1 # six');
});

test('names in a folder: upper case first, then exact, byte by byte; only *.conf', async () => {
  const names = ['b.conf', 'B.conf', 'a1.conf', 'a.conf', '_.conf', 'é.conf', '10.conf', '9.conf'];
  expect([...names].sort(inReadingOrder)).toEqual([
    ...['10.conf', '9.conf', 'a.conf', 'a1.conf', 'B.conf', 'b.conf', '_.conf', 'é.conf'],
  ]);
  const { files } = await read({
    'mosquitto.conf': included,
    'conf.d/.conf': 'bad\n',
    'conf.d/.x.conf': '',
    'conf.d/x.CONF': 'bad\n',
    'conf.d/x.conf~': 'bad\n',
  });
  expect(files).toEqual([main, '/etc/mosquitto/conf.d/.x.conf']);
});

test.each([
  [
    '2.0.11',
    'Error: Unknown configuration variable "nonsense".',
    '/etc/mosquitto/conf.d/a.conf',
    2,
  ],
  ['2.1.2', "Error: Unknown configuration variable 'nonsense'.", '/etc/mosquitto/conf.d/a.conf', 2],
])('%s: the first error ends reading, with its place', async (version, message, file, line) => {
  const { error, directives } = await read(
    { 'mosquitto.conf': `${included}worse 1\n`, 'conf.d/a.conf': '# x\nnonsense 1\n' },
    version,
  );
  expect(error).toEqual({ message, place: { file, line } });
  expect(directives.at(-1)?.option).toBe('nonsense');
});

test('missing files and folders, and folders in the place of files', async () => {
  const gone = await readConfiguration(filesFrom({}), main, '2.0.11');
  expect(gone.error).toEqual({
    message: `Error: Unable to open config file ${main}.`,
    place: null,
  });
  const { error } = await read({ 'mosquitto.conf': `\n${included}` });
  expect(error?.message).toBe("Error: Unable to open include_dir '/etc/mosquitto/conf.d'.");
  expect(error?.place).toEqual({ file: main, line: 2 });
  const folder = await read({
    'mosquitto.conf': included,
    'conf.d/a.conf': '\n\n\n',
    'conf.d/b.conf/x': '',
  });
  // The broker repeats the line number of the file before.
  expect(folder.error).toEqual({
    message: 'Error: Config file /etc/mosquitto/conf.d/b.conf is a directory.',
    place: { file: '/etc/mosquitto/conf.d/b.conf', line: 3 },
  });
});

test('an include inside an included file is passed over (2.0) or refused (2.1); never a loop', async () => {
  const tree = { 'mosquitto.conf': 'include_dir /etc/mosquitto\n', 'z.conf': included };
  expect((await read(tree)).files).toEqual([main, main, '/etc/mosquitto/z.conf']);
  expect((await read(tree, '2.1.2')).error?.message).toBe(
    'Error: The include_dir option is only valid in the main configuration file.',
  );
});

test('after an include that opened listeners, the main file’s own listener is lost', async () => {
  const tree = {
    'mosquitto.conf': `listener 1900\n${included}require_certificate true\nallow_anonymous true\n`,
    'conf.d/a.conf': 'listener 1901\n',
  };
  const { directives, memory } = await read(tree);
  expect(directives.filter(({ lost }) => lost).map(({ option }) => option)).toEqual([
    'require_certificate',
  ]);
  expect(directives.at(-2)?.listener).toBe(memory.listeners[0]);
  expect(memory.listeners[0]?.settings.size).toBe(0);
});

test('a text set twice is an error in 2.0, also across files; 2.1 takes the last', async () => {
  const tree = {
    'mosquitto.conf': `password_file /k/a\n${included}`,
    'conf.d/a.conf': 'listener 1900\npassword_file /k/b\n',
  };
  expect((await read(tree)).error?.message).toBe(
    'Error: Duplicate password_file value in configuration.',
  );
  const { error, memory } = await read(tree, '2.1.2');
  expect(error).toBeNull();
  expect(memory.security.settings.get('password_file')).toEqual({
    value: '/k/b',
    place: { file: '/etc/mosquitto/conf.d/a.conf', line: 2 },
  });
});

test('a NUL byte: 2.1 stops reading, 2.0 swallows the rest', async () => {
  const text = 'listener 1900\nlistener 1901\0\nnonsense\n';
  for (const version of ['2.0.11', '2.1.2']) {
    const { error, memory } = await read(text, version);
    expect(error).toBeNull();
    expect(memory.listeners.map(({ port }) => port)).toEqual([1900]);
  }
  const unended = await read(text.trimEnd());
  expect(unended.memory.listeners.map(({ port }) => port)).toEqual([1900, 1901]);
});

test('more than a configuration can be is not read', async () => {
  const { error, gaps, files } = await read('#'.repeat((1 << 20) + 1));
  expect([error, files]).toEqual([null, []]);
  expect(gaps).toEqual([{ path: main, what: 'large' }]);
});

test('a candidate: files written over others, added and removed', async () => {
  const files = filesFrom({
    [main]: included,
    '/etc/mosquitto/conf.d/a.conf': 'listener 1900\n',
    '/etc/mosquitto/conf.d/b.conf': 'listener 1901\n',
  });
  const candidate = overlay(
    files,
    new Map<string, Uint8Array | null>([
      ['/etc/mosquitto/conf.d/a.conf', null],
      ['/etc/mosquitto/conf.d/b.conf', Buffer.from('listener 2901\n')],
      ['/etc/mosquitto/conf.d/c.conf', Buffer.from('listener 2902\n')],
    ]),
  );
  const ports = async (from: typeof files) =>
    (await readConfiguration(from, main, '2.0.11')).memory.listeners.map(({ port }) => port);
  expect(await ports(candidate)).toEqual([2901, 2902]);
  expect(await ports(files)).toEqual([1900, 1901]);
});

test.each(['2.0.11', '2.0.21', '2.1.2'])(
  '%s: what a plugin is given is kept with it, whichever way it is written',
  async (version) => {
    const text = `plugin /p/one.so
plugin_opt_file  /a b
auth_plugin /p/two.so
auth_opt_host h
auth_opt_host h2
plugin_opt_port 1
`;
    const { memory, directives } = await read(text, version);
    const plugins = memory.security.plugins.map(({ path, options }) => [
      path,
      [...options].map(([key, { value, place }]) => [key, value, place.line]),
    ]);
    expect(plugins).toEqual([
      ['/p/one.so', [['file', '/a b', 2]]],
      [
        '/p/two.so',
        [
          ['host', 'h2', 5],
          ['port', '1', 6],
        ],
      ],
    ]);
    expect(directives.map(({ plugin }) => plugin?.path)).toEqual([
      ...Array(2).fill('/p/one.so'),
      ...Array(4).fill('/p/two.so'),
    ]);
  },
);
