import { execFile } from 'node:child_process';
import { HostError } from '../../../errors/host-error.ts';
import { clean, cleanLines } from '../../../text/clean.ts';
import { expanded, type Tokens } from '../syntax/tokens.ts';
import { words } from '../syntax/words.ts';
import {
  entriesFor,
  fingerprint,
  type KnownHost,
  keyType,
  parseKnownHosts,
} from './known-hosts.ts';

/** What ssh asks for host keys besides the files (`KnownHostsCommand` of ssh_config(5)); it may revoke some, too. */
export interface KnownHostsCommand {
  /** As it is written. */
  line: string;
  /** What stands for `%h` and the like; see TOKENS there. */
  tokens: Tokens;
  environment: Readonly<Record<string, string | undefined>>;
}

/** `file` of an entry that the command has said. */
export const fromCommand = 'KnownHostsCommand';

/** A directory service may be asked. */
const seconds = 10;

/**
 * Runs it as ssh does (load_hostkeys_command in its sshconnect.c): without a shell, for one name, `why` it is looked up,
 * and the key that was shown, if any. HostError where it fails: ssh connects to no host then.
 */
export async function askKnownHosts(
  { line, tokens, environment }: KnownHostsCommand,
  why: 'ORDER' | 'HOSTNAME' | 'ADDRESS',
  name: string,
  key: Buffer | null,
): Promise<KnownHost[]> {
  const shown = key
    ? { t: keyType(key), f: fingerprint(key), K: key.toString('base64') }
    : { t: 'NONE', f: 'NONE', K: 'NONE' };
  const all: Record<string, string | undefined> = { ...tokens, ...shown, H: name, I: why };
  const unknown = (raw: string) =>
    failed(line, `Lockstep does not know what ${clean(raw, 200)} in it is.`);
  const [program = '', ...rest] = words(line) ?? [];
  if (!program.startsWith('/')) throw failed(line, 'It names no program by its full path.');
  const text = await run(
    line,
    program,
    rest.map((word) => expanded(word, all, environment, unknown)),
    environment,
  );
  return entriesFor(parseKnownHosts(text, fromCommand), name);
}

function run(
  line: string,
  program: string,
  argv: string[],
  env: KnownHostsCommand['environment'],
): Promise<string> {
  return new Promise((resolve, reject) => {
    const limits = { timeout: seconds * 1000, killSignal: 'SIGKILL', maxBuffer: 1 << 22 } as const;
    const child = execFile(program, argv, { env, ...limits }, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else if (error.killed) reject(failed(line, `It has not ended within ${seconds} seconds.`));
      else reject(failed(line, 'It ended with an error, or it could not be started.', stderr));
    });
    child.stdin?.on('error', () => {}).end();
  });
}

function failed(line: string, likely: string, said = ''): HostError {
  return new HostError('failed', 'The command that knows host keys has not told any.', {
    likely: `${likely} Your SSH configuration names it: KnownHostsCommand ${clean(line, 200)}`,
    next: 'See whether `ssh` connects to that host. Nothing was done there.',
    detail: cleanLines(said, 3).join(' '),
  });
}
