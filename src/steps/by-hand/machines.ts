import { parseTarget } from '../../host/ssh/syntax/target.ts';
import { isTypeable, shellQuoted } from '../../text/typed.ts';
import type { Setup } from '../contract/setup.ts';

// How a person acts on the machines. What is root's there is one command: sudo asks for a password on
// the terminal and drops what was pasted behind it, so nothing of the same step may come behind it.

/** Where files lie on their way, in the home folder there; for that user alone. */
export const onTheWay = 'lockstep-by-hand';

/** `ssh` to a machine, named as in the answers. */
export function sshTo(answers: Setup['answers'], target: string, options = ''): string {
  const { user, host, port } = taken(target);
  const { identity } = answers;
  return [
    'ssh',
    ...(options ? [options] : []),
    ...(identity === undefined ? [] : ['-i', shellQuoted(identity)]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    shellQuoted(user === undefined ? host : `${user}@${host}`),
  ].join(' ');
}

/** One command that does these lines as root on the broker's machine, as far as none of them fails. */
export function asRoot({ answers, broker }: Setup, lines: readonly string[]): string {
  const shell = `sh -euc ${shellQuoted(`\n${lines.join('\n')}\n`)}`;
  if (broker.host.kind === 'practice') return shell;
  if (broker.host.kind === 'local') return `sudo ${shell}`;
  const root = taken(answers.broker).user === 'root' ? shell : `sudo ${shell}`;
  return `${sshTo(answers, answers.broker, '-t')} ${shellQuoted(root)}`;
}

/** Writes a file (latin1) into the folder `onTheWay` of the broker's machine. */
export function put({ answers, broker }: Setup, name: string, latin1: string): string {
  const [program, text] = hereDocument(Buffer.from(latin1, 'latin1'));
  const make = `umask 077; mkdir -p ${onTheWay} && ${program} >${shellQuoted(`${onTheWay}/${name}`)}`;
  const command =
    broker.host.kind === 'ssh'
      ? `${sshTo(answers, answers.broker)} ${shellQuoted(make)}`
      : `(cd; ${make})`;
  return `${command} <<'${end}'\n${text}${end}`;
}

const end = 'END';

/** What reads it, and its lines: as they are where a terminal takes them as they are. */
function hereDocument(bytes: Buffer): ['cat' | 'base64 -d', string] {
  const text = bytes.toString('utf8');
  const asItIs =
    Buffer.from(text).equals(bytes) &&
    isTypeable(text) &&
    /^([^!]*\n)?$/.test(text) &&
    !text.split('\n').includes(end);
  if (asItIs) return ['cat', text];
  const lines = bytes.toString('base64').match(/.{1,76}/g) ?? [];
  return ['base64 -d', lines.map((line) => `${line}\n`).join('')];
}

/** A comment that every shell passes over: no quotes in it, nor anything else that means something. */
export const comment = (words: string): string => `# ${words.replace(/[^\w ,.:@[\]/-]/g, '')}`;

/** Which machine the next command acts on. */
export function onTheBroker({ answers, broker }: Setup): string {
  const where = {
    ssh: `On the machine of the broker, ${answers.broker}. ssh and sudo may ask you first.`,
    local: 'As root, on this machine. sudo may ask you first.',
    practice: 'In the folder of the practice broker.',
  };
  return comment(where[broker.host.kind]);
}

/** As one command: what one of them asks on the terminal is not answered by the next one. */
export function together(commands: readonly string[]): string {
  const last = commands.length - 1;
  const and = commands.map((one, index) => {
    if (index === last) return one;
    const [head = '', ...body] = one.split('\n');
    return head.endsWith(`<<'${end}'`) ? [`${head} &&`, ...body].join('\n') : `${one} &&`;
  });
  return and.join('\n');
}

function taken(target: string): ReturnType<typeof parseTarget> {
  try {
    return parseTarget(target);
  } catch {
    // It was refused elsewhere, with the reason.
    return { host: target };
  }
}
