import { type Command, InvalidArgumentError, Option } from 'commander';
import { Trouble } from '../errors/trouble.ts';
import { hostAndFingerprint } from '../host/ssh/host-key/accepted-keys.ts';
import { parseTarget } from '../host/ssh/syntax/target.ts';
import { unitName } from '../mosquitto/service/unit.ts';
import { normalName, subjectAltNameProblem } from '../pki/x509/san.ts';
import type { StepId } from '../steps/contract/ids.ts';
import { stepIds } from '../steps/contract/ids.ts';
import { absolutePath, type From } from '../this-machine/paths.ts';

/** The options that all commands share; see the README's table. Paths in them are absolute. */
export interface Options {
  broker?: string;
  identity?: string;
  answers?: string;
  json?: boolean;
  yes?: boolean;
  /** Commander turns `--no-input` into `input: false`. */
  input?: boolean;
  plain?: boolean;
  sudoPasswordFile?: string[];
  passwordFile?: string[];
  passphraseFile?: string;
  acceptHostKey?: string[];
  acceptNewHostKey?: boolean;
  client?: string[];
  name?: string[];
  namesFromHost?: boolean;
  unit?: string;
  dryRun?: boolean;
  through?: StepId;
  config?: string;
  brokerVersion?: string;
  reset?: boolean;
}

/** What makes a path that an option was given absolute. */
export const pathOf =
  (option: string, from: From) =>
  (given: string): string =>
    absolutePath(given, from, option);

/** A secret's file, or `LOGIN=FILE`: the login that it is for, which has no path before it. */
export const loginAndFile = (given: string): [login: string, file: string] => {
  const [, login = '', file = given] = /^([^/=\s]+@[^/=\s]+)=(.+)$/s.exec(given) ?? [];
  return [login, file];
};

const secretFile =
  (option: string, from: From) =>
  (given: string, all: string[] = []): string[] => {
    const [login, file] = loginAndFile(given);
    const path = absolutePath(file, from, option);
    return [...all, login === '' ? path : `${login}=${path}`];
  };

const collect = (value: string, all: string[] = []): string[] => [...all, value];

/** A command with the common options; paths count from there. */
export function withCommonOptions(command: Command, from: From): Command {
  const secretOf = (option: string) => secretFile(option, from);
  return command
    .option('--broker <where>', '[user@]host[:port], "local" or "practice"')
    .option('--identity <file>', 'private key file for SSH', pathOf('--identity', from))
    .option(
      '--answers <file>',
      'YAML file with everything the screens ask',
      pathOf('--answers', from),
    )
    .option('--json', 'standard output carries JSON only')
    .option('--yes', 'undo: also where files were changed since; they are kept beside')
    .option('--no-input', 'never ask; fail instead')
    .option('--plain', 'lines instead of screens')
    .option(
      '--password-file <file>',
      "password of the broker's SSH login; LOGIN=FILE of another (repeatable)",
      secretOf('--password-file'),
    )
    .option(
      '--sudo-password-file <file>',
      'password for sudo on the broker; LOGIN=FILE elsewhere (repeatable)',
      secretOf('--sudo-password-file'),
    )
    .option(
      '--passphrase-file <file>',
      "passphrase of the authority's key",
      pathOf('--passphrase-file', from),
    )
    .option(
      '--accept-host-key <fingerprint>',
      "trust this SSH host key of the broker's machine; HOST=SHA256:... of another (repeatable)",
      fingerprints,
    )
    .option('--accept-new-host-key', 'trust the SSH host key of a host that is not known yet')
    .option('--client <name>', 'a client that gets a certificate (repeatable)', collect)
    .option('--name <name-or-address>', 'a name of the broker (repeatable)', names)
    .option('--unit <service>', "the broker's service, where several run on that machine", unit)
    .option('--dry-run', 'say what would be changed, change nothing');
}

export const throughOption = (): Option =>
  new Option('--through <step>', 'the last step to take').choices([...stepIds]);

export const namesFromHostOption = (): Option =>
  new Option('--names-from-host', "also sign the names that only the broker's machine says it has");

export const resetOption = (): Option =>
  new Option('--reset', 'practice broker only: begin anew; the authority stays').conflicts(
    'dryRun',
  );

function unit(value: string): string {
  const name = value.endsWith('.service') ? value : `${value}.service`;
  if (!unitName.test(name))
    throw new InvalidArgumentError('It is the name of a service, as "systemctl" shows it.');
  return name;
}

function names(value: string, all: string[] = []): string[] {
  const problem = subjectAltNameProblem(value);
  if (problem !== null)
    throw new InvalidArgumentError(
      `${problem} It is a host name such as rock-4se.local, or an address such as 192.168.1.20.`,
    );
  return [...new Set([...all, normalName(value)])];
}

function fingerprints(value: string, all: string[] = []): string[] {
  const [host, fingerprint] = hostAndFingerprint(value);
  if (!/^SHA256:[A-Za-z0-9+/]{43}=?$/.test(fingerprint) || value.startsWith('='))
    throw new InvalidArgumentError(
      'It looks like SHA256:… as "ssh-keygen -lf" prints it, or HOST=SHA256:… for another machine than the broker\'s.',
    );
  if (host !== '') requireTarget(host);
  return [...all, value.replace(/=$/, '')];
}

/** The name of a machine, as `--broker` takes it. */
function requireTarget(host: string): void {
  try {
    parseTarget(host);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    throw new InvalidArgumentError(`Before "=": ${error.message} ${error.likely}`);
  }
}
