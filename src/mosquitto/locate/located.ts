import { Trouble } from '../../errors/trouble.ts';
import { clean, cleanLines } from '../../text/clean.ts';
import type { Socket } from '../effective/sockets.ts';
import { unitName, unitTyped, usualUnit } from '../service/unit.ts';
import { listeningIn } from './survey.ts';

/** One broker of a machine, as `locateScript` tells of it. */
export interface Located {
  /** Empty where it was found without systemd. */
  unit: string;
  /** What systemd says of its unit, by property. */
  properties: Map<string, string>;
  /** The arguments of its process; empty while it does not run. */
  argv: string[];
  user: string;
  group: string;
  accounts: { name: string; number: string; group: string }[];
  program: string;
  version: string;
  /** The program of its process, as the kernel has it; empty where it does not run, or that is not shown. */
  exe: string;
  /** The working folder of its process; empty where that is not shown. */
  cwd: string;
}

/** All that `locateScript` tells. */
export interface Machine {
  systemd: boolean;
  sysv: boolean;
  brokers: Located[];
  /** Processes of brokers that are no service of the machine's, by their control groups. */
  strays: { group: string; argv: string[] }[];
  names: string[];
  addresses: string[];
  /** Where anything there listens; none where that is not shown. */
  sockets: Socket[];
  /** The two ends of the SSH connection (ssh(1), SSH_CONNECTION). */
  reached: string;
}

/** Reads what `locateScript` tells; null where that broke off. */
export function machineIn(text: string): Machine | null {
  const machine: Machine = {
    ...{ systemd: false, sysv: false, brokers: [], strays: [] },
    ...{ names: [], addresses: [], sockets: [], reached: '' },
  };
  let argv: string[] = [];
  for (const line of text.split('\n', 2000)) {
    const tab = line.indexOf('\t');
    if (tab < 0) continue;
    const [name, value] = [line.slice(0, tab), line.slice(tab + 1).trim()];
    const one = machine.brokers.at(-1);
    if (name === 'systemd') machine.systemd = true;
    else if (name === 'sysv') machine.sysv = true;
    else if (name === 'reached') machine.reached = value;
    else if (name === 'name') machine.names.push(value);
    else if (name === 'address') machine.addresses.push(value);
    else if (name === 'argv') argv.push(value);
    else if (name === 'stray' || name === 'broker') {
      argv = [];
      if (name === 'stray') machine.strays.push({ group: value, argv });
      else machine.brokers.push(located(value, argv));
    }
    const socket = name === 'listens' ? listeningIn(value) : null;
    if (socket) machine.sockets.push(socket);
    else if (one && name === 'account') one.accounts.push(accountIn(value));
    else if (one && name.startsWith('unit.')) one.properties.set(name.slice(5), value);
    else if (one && isOwn(name)) one[name] = value;
  }
  machine.brokers = machine.brokers.filter(({ unit }) => unit === '' || unitName.test(unit));
  return machine.brokers.length > 0 ? machine : null;
}

const located = (unit: string, argv: string[]): Located => ({
  ...{ unit, argv, properties: new Map(), accounts: [] },
  ...{ user: '', group: '', program: '', version: '', exe: '', cwd: '' },
});

function accountIn(text: string): Located['accounts'][number] {
  const [name = '', number = '', group = ''] = text.split(' ');
  return { name, number, group };
}

const isOwn = (name: string): name is 'user' | 'group' | 'program' | 'version' | 'exe' | 'cwd' =>
  ['user', 'group', 'program', 'version', 'exe', 'cwd'].includes(name);

/**
 * The broker that is meant: the one asked for; else the only one that runs, or of several the one in the service
 * of the usual name. Throws a Trouble that lists them where that leaves it open.
 */
export function chosen(name: string, { brokers }: Machine, wanted: string): Located | null {
  const there = brokers.filter(({ unit, properties, argv }) =>
    unit === '' ? argv.length > 0 : loaded(properties) || argv.length > 0,
  );
  if (wanted !== '')
    return there.find(({ unit }) => unit === wanted) ?? fail(noSuchUnit(name, wanted, there));
  const running = there.filter(({ argv }) => argv.length > 0);
  const serving = running.length > 0 ? running : there.filter(isMeantToRun);
  const from = serving.length > 0 ? serving : there;
  if (from.length > 1 && !from.some(({ unit }) => unit === usualUnit)) throw several(name, from);
  return from.find(({ unit }) => unit === usualUnit) ?? from[0] ?? null;
}

const loaded = (properties: Map<string, string>): boolean =>
  !['', 'not-found'].includes(properties.get('LoadState') ?? '');

/** It failed, or is between two attempts to start: not one that somebody keeps switched off. */
const isMeantToRun = ({ properties }: Located): boolean =>
  (properties.get('ActiveState') ?? 'inactive') !== 'inactive';

function fail(trouble: Trouble): never {
  throw trouble;
}

const listed = (brokers: Located[]): string =>
  [...brokers]
    .sort((a, b) => Number(b.argv.length > 0) - Number(a.argv.length > 0))
    .map(({ unit, argv }) => cleanLines(`${unit}  ${argv.join(' ')}`, 1, 200).join(''))
    .join('\n');

function several(name: string, brokers: Located[]): Trouble {
  return new Trouble(`Several brokers run on ${clean(name, 80)}.`, {
    likely: 'Each is a service of its own; only one of them is secured at a time.',
    next: `Say which one is meant, for example: --unit ${unitTyped(brokers[0]?.unit ?? null)}`,
    detail: listed(brokers),
    exitCode: 2,
  });
}

function noSuchUnit(name: string, wanted: string, brokers: Located[]): Trouble {
  const [first] = brokers.filter(({ argv }) => argv.length > 0).concat(brokers);
  return new Trouble(`There is no service ${clean(wanted, 80)} on ${clean(name, 80)}.`, {
    likely: 'It has another name there, or systemd has not loaded it.',
    next: `Name one that is there: --unit ${unitTyped(first?.unit || null)}`,
    detail: listed(brokers),
    exitCode: 2,
  });
}
