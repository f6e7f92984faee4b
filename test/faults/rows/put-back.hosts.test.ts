import { expect } from 'vitest';
import type { TestHost } from '../../support/hosts/host.ts';
import * as observe from '../../support/observe/observer.ts';
import { fault, resultOf } from '../stage/stage.ts';

const access = '/etc/mosquitto/conf.d/access.conf';
const journal = '/var/lib/mqtt-lockstep';

fault('23-copy-vanished', async ({ host, lockstep }) => {
  expect(resultOf(await lockstep('run', '--json'))).toBe('secured');
  // What was kept of access.conf is taken away, and put where only somebody by hand would find it.
  const find = `find ${journal} -name path -exec grep -lx '${access}' {} + | head -n 1`;
  const entry = (await host.succeed(['sh', '-c', find])).trim().replace(/\/path$/, '');
  expect(entry).toMatch(/\d{4}$/);
  await host.succeed(['mv', `${entry}/copy`, '/root/copy']);
  const undo = await lockstep('undo', '--json');
  expect(undo.code, undo.stdout).not.toBe(0);
  // The commands that are left, each a line that can be pasted there.
  const commands = undo.stderr
    .split('\n')
    .flatMap((line) => /^ {4}(sudo .*)$/.exec(line)?.[1] ?? []);
  expect(commands.length, undo.stderr).toBeGreaterThan(0);
  expect(undo.stderr).toContain(access);
  // Somebody has that file elsewhere and puts it right, as told; then come the lines.
  expect(undo.stderr).toContain('Put that file right yourself');
  await host.succeed(['cp', '-aT', '--remove-destination', '/root/copy', access]);
  for (const command of commands) await host.succeed(['sh', '-c', command]);
  await host.succeed(['rm', '/root/copy']);
  // And what is older goes back as told.
  expect(undo.stderr).toContain('again, for what is older: 0001-distribute');
  expect((await lockstep('undo')).code).toBe(0);
  return 'told, done by hand';
});

/** ACL, extended attributes and link targets that `stat` does not show, of every file. */
const attributes = (host: TestHost): Promise<string> =>
  host.succeed(['perl', '-e', listXattrs, access, '/etc/mosquitto/odd.conf', '/root/real.conf']);

const numbers = { x64: [188, 191, 194], arm64: [5, 8, 11] } as const;
const [set, get] = process.arch === 'arm64' ? numbers.arm64 : numbers.x64;
const listXattrs = `
for my $path (@ARGV) {
  for my $attribute ("user.note", "system.posix_acl_access") {
    my $name = $attribute;
    my $value = "\\0" x 256;
    my $length = syscall(${get}, $path, $name, $value, 256);
    print "$path $name ", $length < 0 ? "none" : unpack("H*", substr($value, 0, $length)), "\\n";
  }
}`;
// An ACL as the kernel keeps it (version 2): owner rw, user 65534 r, group r, mask r, others none.
const setXattrs = `
my ($path) = @ARGV;
my ($note, $words, $access) = ("user.note", "kept by hand", "system.posix_acl_access");
syscall(${set}, $path, $note, $words, 12, 0) == 0 or die "user.note: $!";
my $acl = pack("L", 2) . join("", map { pack("SSL", @$_) }
  [1, 6, 0xffffffff], [2, 4, 65534], [4, 4, 0xffffffff], [16, 4, 0xffffffff], [32, 0, 0xffffffff]);
syscall(${set}, $path, $access, $acl, length $acl, 0) == 0 or die "acl: $!";`;

fault(
  '24-everything-of-a-file',
  async ({ host, before, lockstep }) => {
    const was = await attributes(host);
    expect(was).toContain('6b6570742062792068616e64');
    expect(was).not.toMatch(/access\.conf system\.posix_acl_access none/);
    expect(resultOf(await lockstep('run', '--json'))).toBe('secured');
    expect((await lockstep('undo')).code).toBe(0);
    expect(await observe.tree(host)).toBe(before.tree);
    expect(await attributes(host)).toBe(was);
    // The broker that runs has read them: it lets in whom they let in.
    expect(await observe.anonymous(host)).toBe(before.anonymous);
    return 'identical';
  },
  {
    async prepare(host) {
      await host.succeed(['chown', 'root:mosquitto', access]);
      await host.succeed(['chmod', '0640', access]);
      await host.succeed(['perl', '-e', setXattrs, access]);
      // A configuration that is a link to somewhere else.
      await host.writeFile('/root/real.conf', 'max_queued_messages 500\n', { mode: 0o644 });
      await host.succeed(['chmod', '0755', '/root']);
      await host.succeed(['ln', '-s', '/root/real.conf', '/etc/mosquitto/conf.d/linked.conf']);
      await host.writeFile('/etc/mosquitto/odd.conf', 'not read by anybody\n', { mode: 0o4711 });
      await host.succeed(['systemctl', 'restart', 'mosquitto']);
    },
  },
);
