import { posix } from 'node:path';
import { withoutSecret } from '../../mosquitto/config/model/secret-lines.ts';
import { shellQuoted } from '../../text/typed.ts';
import { listening, portsOf, statusLines } from '../by-hand/listening.ts';
import { asRoot, comment, onTheBroker, onTheWay, put, together } from '../by-hand/machines.ts';
import type { Setup } from '../contract/setup.ts';
import { brokerFiles } from '../reach/goal.ts';
import { releaseName } from '../release/release.ts';

/** What a person would type to have the broker use its files, with the lines that the plan would write. */
export function hardenByHand(setup: Setup): string[] {
  const { answers, broker, rewrite, tlsTaken = false } = setup;
  if (!rewrite) return [comment('As things are, the plan of this step says what is in the way.')];
  if (tlsTaken && answers.otherTls === 'ask')
    return [comment(`It is to be said first what becomes of port ${answers.ports.tls}.`)];
  const { files } = rewrite;
  const staged = files.map(({ path }, index) => {
    const name = posix.basename(path);
    const first = files.findIndex((one) => posix.basename(one.path) === name) === index;
    return first ? name : `${index}-${name}`;
  });
  const whole = files.map(({ after }, index) => filled(files, after, staged[index] ?? ''));
  const script = asRoot(setup, [
    // Without them the broker would not start.
    ...filesThere(setup),
    ...whole.flatMap(({ commands }) => commands),
    ...files.flatMap(({ path, before }, index) =>
      placed(setup, path, `${onTheWay}/${staged[index]}`, before !== null),
    ),
    ...linkLines(setup),
    ...(files.length > 0 ? [`rm -r ${onTheWay}`] : []),
    ...restartLines(setup),
  ]);
  const puts = whole.map(({ text }, index) => put(setup, staged[index] ?? '', text));
  return [
    onTheBroker(setup),
    ...(broker.host.kind === 'ssh' ? [together([...puts, script])] : [...puts, `(cd; ${script})`]),
    ...(broker.service.kind === 'practice'
      ? [comment('The practice broker is started by Lockstep: leave Lockstep, and start it again.')]
      : []),
  ];
}

/**
 * A file as it is brought, and how the lines with a secret get into it: out of the files that are there. They are not
 * shown, and with them nothing that is typed.
 */
function filled(
  files: readonly { path: string; before: string | null }[],
  after: string,
  name: string,
): { text: string; commands: string[] } {
  const lines = after.split('\n');
  const there = files.flatMap(({ path, before }) =>
    (before ?? '').split('\n').map((line, index) => ({ path, number: index + 1, line })),
  );
  const [staged, made] = [name, `${name}.whole`].map((one) => shellQuoted(`${onTheWay}/${one}`));
  const pieces: string[] = [];
  let next = 1;
  const upTo = (last: number | '$') => {
    if (last === '$' || last >= next) pieces.push(`sed -n '${next},${last}p' ${staged}`);
  };
  const text = lines.map((line, index) => {
    const shown = withoutSecret(line);
    // What is in none of them is ours, and no secret.
    const piece = shown === line ? undefined : pieceOf(line, there);
    // What is in none of them is ours, and no secret.
    if (piece === undefined) return line;
    upTo(index);
    pieces.push(piece);
    next = index + 2;
    return shown;
  });
  if (pieces.length === 0) return { text: text.join('\n'), commands: [] };
  upTo('$');
  const commands = [`{ ${pieces.join('; ')}; } >${made}`, `mv ${made} ${staged}`];
  return { text: text.join('\n'), commands };
}

/** What prints a line, as it stands in a file that is there, or is taken out of it. */
function pieceOf(
  line: string,
  there: readonly { path: string; number: number; line: string }[],
): string | undefined {
  const [, out, own = ''] = /^(# lockstep: )?(.*)$/s.exec(line) ?? [];
  const from =
    there.find((one) => one.line === line) ?? there.find((one) => one.line.trim() === own.trim());
  if (from === undefined) return undefined;
  const print = out && from.line !== line ? '{ print "# lockstep: "$0 }' : '';
  return `awk ${shellQuoted(`NR==${from.number}${print}`)} ${shellQuoted(from.path)}`;
}

function filesThere(setup: Setup): string[] {
  const { folder, names } = brokerFiles(setup);
  const release = `${folder}/${setup.release ?? releaseName(1)}`;
  const files = [names.key, names.certificate, names.authority];
  return [`ls -l ${files.map((name) => shellQuoted(`${release}/${name}`)).join(' ')}`];
}

/** What is there is kept beside it, and its owner and mode stay. */
function placed({ broker }: Setup, path: string, from: string, present: boolean): string[] {
  const [source, file] = [from, path].map(shellQuoted);
  const owner = broker.layout.keyOwner ? '-o root -g root ' : '';
  return present
    ? [`cp -a ${file} ${shellQuoted(`${path}.before`)}`, `cp ${source} ${file}`]
    : [`install ${owner}-m 644 ${source} ${file}`];
}

function linkLines(setup: Setup): string[] {
  const { layout } = setup.broker;
  const { current, names } = brokerFiles(setup);
  const people = shellQuoted(`${layout.authorities}/${names.authority}`);
  const target = `../${posix.basename(layout.certificates)}/current/${names.authority}`;
  return [
    `ln -sfn ${setup.release ?? releaseName(1)} ${shellQuoted(current)}`,
    `mkdir -p ${shellQuoted(layout.authorities)}`,
    `if test -L ${people}; then rm ${people}; fi`,
    `test -e ${people} || ln -s ${shellQuoted(target)} ${people}`,
  ];
}

function restartLines(setup: Setup): string[] {
  const { service } = setup.broker;
  const { kind, restartCommand } = service;
  if (kind !== 'systemd' && kind !== 'sysv') return [];
  // A script of SysV init does not wait until it is up.
  const then = kind === 'systemd' ? statusLines(service) : ['sleep 2'];
  return [restartCommand.replace(/^sudo /, ''), ...then, listening(portsOf(setup))];
}
