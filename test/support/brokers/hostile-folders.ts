import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';

// What somebody could have put into a configuration folder, by himself or by mistake. Each is made under a name of
// its own in conf.d; port numbers are for real listeners.

const listener = (port: number) => `listener ${port} 127.0.0.1\n`;
const made = (...words: string[]) => execFileSync(words[0] ?? '', words.slice(1));
const isRoot = process.getuid?.() === 0;

/** Makes one thing, with the index as its name. `slow`: a real broker takes long over it, or waits for ever. */
export interface Ingredient {
  slow?: true;
  make(folder: string, index: number, port: number): void;
}

const file = (
  text: string | Buffer | ((port: number) => string),
  suffix = '.conf',
): Ingredient => ({
  make: (folder, index, port) =>
    writeFileSync(`${folder}/${index}${suffix}`, typeof text === 'function' ? text(port) : text),
});

/** A file with this name (bytes) behind its index. */
const named = (name: Buffer | string, text = listener): Ingredient => ({
  make: (folder, index, port) =>
    writeFileSync(
      Buffer.concat([Buffer.from(`${folder}/${index}`), Buffer.from(name), Buffer.from('.conf')]),
      text(port),
    ),
});

const link = (target: (index: number) => string): Ingredient => ({
  make: (folder, index) => symlinkSync(target(index), `${folder}/${index}.conf`),
});

export const ingredients: Record<string, Ingredient> = {
  'a listener': file(listener),
  'a line that is wrong': file('nonsense x\n'),
  'an empty file': file(''),
  'a file without an end': file(listener),
  'Windows line ends': file((port) => listener(port).replace('\n', '\r\n')),
  'a byte order mark': file((port) => `\ufeff${listener(port)}`),
  'NUL bytes': file((port) => `${listener(port)}#\0\nnonsense\n`),
  'a NUL in the line': file((port) => `listener ${port} 127.0.0.1\0\nallow_anonymous false\n`),
  'NULs alone': file(Buffer.alloc(512)),
  'every byte': file(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))),
  'control characters in a value': file('pid_file /tmp/\u001b[31m\u0007x\n'),
  'a name that is not UTF-8': named(Buffer.from([0xff, 0xe9, 0x80])),
  'a wrong line under a name that is not UTF-8': named(Buffer.from([0xc3]), () => 'nonsense x\n'),
  'a name with a line end': named('a\nb'),
  'a name that acts on terminals': named('\u001b[31m\u001b]0;x\u0007\u009b2J\u202e\u2028'),
  'a wrong line under such a name': named('\u001b[2J\n\u0007', () => 'nonsense x\n'),
  'the longest name': named('x'.repeat(248)),
  'names that are not read': {
    make: (folder, index) => {
      for (const one of ['.conf.bak', '.CONF', '.cnf'])
        writeFileSync(`${folder}/${index}${one}`, 'x');
    },
  },
  'a hidden file': {
    make: (folder, index, port) => writeFileSync(`${folder}/.${index}.conf`, listener(port)),
  },
  'a link to itself': link((index) => `${index}.conf`),
  'a link in a circle': {
    make: (folder, index) => {
      symlinkSync(`${index}-a.conf`, `${folder}/${index}-b.conf`);
      symlinkSync(`${index}-b.conf`, `${folder}/${index}-a.conf`);
    },
  },
  'a link to nothing': link(() => 'nowhere'),
  'a link out of the folder': link(() => '/etc/hostname'),
  'a link to a device': link(() => '/dev/null'),
  'a link to a file beside it': {
    make: (folder, index, port) => {
      writeFileSync(`${folder}/${index}.txt`, listener(port));
      symlinkSync(`${index}.txt`, `${folder}/${index}.conf`);
    },
  },
  'a link to a folder': link(() => '../conf.d'),
  'a folder of that name': { make: (folder, index) => mkdirSync(`${folder}/${index}.conf`) },
  'a pipe': { slow: true, make: (folder, index) => made('mkfifo', `${folder}/${index}.conf`) },
  'a socket': {
    make: (folder, index) => made('python3', '-c', bound, `${folder}/${index}.conf`),
  },
  ...(isRoot && {
    'a device': {
      make: (folder: string, index: number) =>
        made('mknod', `${folder}/${index}.conf`, 'c', '1', '3'),
    },
  }),
  'a file of more than a megabyte': file(Buffer.alloc((1 << 20) + 1, '#\n')),
  'a line of fifty megabytes': { slow: true, ...file(Buffer.alloc(50 << 20, 'x')) },
  'ten gigabytes of nothing': {
    slow: true,
    make: (folder, index) => {
      writeFileSync(`${folder}/${index}.conf`, '');
      truncateSync(`${folder}/${index}.conf`, 10 * 2 ** 30);
    },
  },
  'a folder that includes itself': file('include_dir /etc/mosquitto/conf.d\n'),
};

const bound = 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])';
