import { Duplex } from 'node:stream';
import { scriptCommand } from '../../host-scripts/script.ts';
import type { Host } from '../api/host.ts';

const relay = `
my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or exit 1;
my $both = IO::Select->new(\\*STDIN, $socket);
while (my @ready = $both->can_read) {
  for my $from (@ready) {
    my $to = $from == $socket ? \\*STDOUT : $socket;
    sysread($from, my $bytes, 65536) or exit 0;
    while (length $bytes) { substr($bytes, 0, syswrite($to, $bytes) // exit 1) = ""; }
  }
}`;

/**
 * A connection to a unix socket of a machine as root, where the user who logged in may not open it. It ends
 * at once where there is no such socket, or no program there that can connect to one.
 */
export async function rootSocket(host: Host, path: string): Promise<Duplex> {
  const over = new AbortController();
  const program = await host.start(scriptCommand('host/root-socket', relay, path), {
    root: true,
    signal: over.signal,
  });
  program.ended.catch(() => {});
  program.stderr.resume();
  // Its end is the socket's only where the program ended, not where the connection to its machine broke.
  async function* readable() {
    yield* program.stdout;
    await program.ended;
  }
  const stream = Duplex.from({ writable: program.stdin, readable: readable() });
  return stream.once('close', () => over.abort());
}
