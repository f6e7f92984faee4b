import { isIP } from 'node:net';
import { Trouble } from '../../errors/trouble.ts';
import type { Host } from '../../host/api/host.ts';
import { machineName } from '../../host/local/machine-name.ts';
import { noAnswer } from '../../host/programs/failures.ts';
import { scriptCommand } from '../../host-scripts/script.ts';
import { usableNames, withoutZone } from '../../pki/x509/san.ts';
import { clean, cleanLines } from '../../text/clean.ts';
import { seenFrom, workingFolder } from '../config/files/working-folder.ts';
import type { Broker, Layout } from '../service/broker.ts';
import { configurationArgument, unitArguments, unitProgram } from '../service/command-line.ts';
import { serviceFor } from '../service/service.ts';
import { unitName, usualUnit } from '../service/unit.ts';
import { chosen, type Located, machineIn } from './located.ts';
import { nameOffers } from './name-offers.ts';
import { kindOf, whyUnmanaged } from './unmanaged.ts';

/**
 * Finds the Mosquitto of a host: its program and version, how it is started, and the configuration the running
 * service uses (from the process's own arguments, else from the unit file). `unit`: which one is meant, where
 * several run; empty: the only one, or that of the usual name.
 */
export async function locateBroker(host: Host, address: string, unit = ''): Promise<Broker> {
  const asked = unitName.test(unit) ? unit : '';
  const look = async (root: boolean) => {
    const { stdout } = await host.run(scriptCommand('mosquitto/locate', asked), {
      root,
      timeoutSeconds: 30,
      doing: 'Looking for Mosquitto',
    });
    const machine = machineIn(stdout);
    if (!machine) throw noAnswer(host.name);
    return machine;
  };
  let machine = await look(false);
  let found = chosen(host.name, machine, unit);
  if (found && isGuessed(found)) {
    machine = { ...(await look(true)), reached: machine.reached };
    found = chosen(host.name, machine, unit);
  }
  if (found && isOther(found)) throw otherProgram(host.name, found);
  const kind = kindOf(machine, found);
  // One that is no service is shown, too.
  const usual = machine.brokers.find((one) => ['', usualUnit].includes(one.unit));
  const one = found ?? usual ?? machine.brokers[0];
  if (!one) throw noAnswer(host.name);

  const version = versionIn(one.version);
  if (!version) throw notInstalled(host.name, one.program);
  const argv = [
    kind === 'process' && one.argv.length === 0
      ? (machine.strays.find((stray) => stray.argv.length > 0)?.argv ?? [])
      : one.argv,
    unitArguments(one.properties.get('ExecStart') ?? ''),
  ].find((words) => words.length > 0);
  const cwd = workingFolder(one.cwd, one.properties.get('WorkingDirectory') ?? '');
  const main = seenFrom(cwd, configurationArgument(argv ?? []) ?? '/etc/mosquitto/mosquitto.conf');
  if (!plainPath.test(main)) throw strange(host.name, `Its configuration file: ${main}`);
  if (!plainPath.test(one.program)) throw strange(host.name, `Its program: ${one.program}`);
  const keyOwner = keyOwnerOf(one);
  for (const name of [keyOwner.owner, keyOwner.group])
    if (!plainUser.test(name)) throw strange(host.name, `The user it runs as: ${name}`);
  const layout = layoutOf(main, cwd, keyOwner);
  const paths = [main, layout.access, layout.certificates];
  const hostname = machine.names[1] ?? '';
  return {
    host,
    name: clean(plainName.test(hostname) ? hostname : address, 64),
    address,
    ...reachedBy(machine.reached),
    names: [
      ...new Set([
        ...nameOffers(machine.names, machine.addresses),
        ...usableNames([withoutZone(address)]),
      ]),
    ],
    sockets: machine.sockets,
    version,
    program: one.program,
    product: `Mosquitto ${version}`,
    ports: { plain: 1883, tls: 8883 },
    layout,
    service: serviceFor(
      host,
      kind,
      kind === 'systemd' ? one.unit : null,
      whyUnmanaged(host.name, machine, found, paths),
    ),
    neighbours: machine.brokers
      .filter((other) => other !== one && other.unit !== '' && mayRun(other))
      .map(({ unit, argv, properties }) => ({
        unit,
        main:
          configurationArgument(
            argv.length > 0 ? argv : unitArguments(properties.get('ExecStart') ?? ''),
          ) ?? '',
      }))
      .filter(({ main }) => plainPath.test(main)),
    canTry: true,
    caveats: [],
  };
}

/** It runs, and neither its unit nor its arguments name the program by its path: a script has started it. */
const isGuessed = ({ argv, exe, program, properties }: Located): boolean =>
  argv.length > 0 &&
  exe === '' &&
  ![argv[0], unitProgram(properties.get('ExecStart') ?? '')].includes(program);

/** What runs is another Mosquitto than the one that root would start beside it: see `locateScript`. */
const isOther = ({ exe, program }: Located): boolean =>
  /\/mosquitto[^/]*$/.test(onDisk(exe)) && onDisk(exe) !== program;

/** The path of a program that was replaced on the disk since it was started (proc(5), `exe`). */
const onDisk = (exe: string): string => exe.replace(/ \(deleted\)$/, '');

/** It runs, or is started at the next boot: not one that somebody keeps switched off. */
const mayRun = ({ argv, properties }: Located): boolean =>
  argv.length > 0 || !['', 'disabled', 'masked'].includes(properties.get('UnitFileState') ?? '');

/** `CLIENT PORT SERVER PORT`, as sshd tells it; IPv4 may come in the form of IPv6. */
function reachedBy(connection: string): Pick<Broker, 'reached'> {
  const plain = (address = '') => address.replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*$/, '');
  const [client, , server] = connection.split(' ').map(plain);
  return client && server && isIP(client) && isIP(server) ? { reached: { client, server } } : {};
}

/** The folders beside the configuration; of one with a name of its own, in one of that name: another may be there. */
function layoutOf(main: string, cwd: string, keyOwner: Layout['keyOwner']): Layout {
  const slash = main.lastIndexOf('/');
  const folder = main.slice(0, slash) || '/';
  const file = main.slice(slash + 1);
  const own = file === 'mosquitto.conf' ? folder : `${folder}/${file.replace(/\.conf$/, '')}.d`;
  return {
    main,
    folder,
    access: own === folder ? `${folder}/conf.d/access.conf` : `${own}/access.conf`,
    certificates: `${own}/certs`,
    authorities: `${own}/ca_certificates`,
    state: '/var/lib/mqtt-lockstep',
    runtime: '/run/mqtt-lockstep',
    cwd,
    keyOwner,
  };
}

/** Who runs the broker, and his own group as that machine says it: it need not have his name. */
function keyOwnerOf({ user, group, properties, accounts }: Located) {
  const owner = user && user !== 'root' ? user : properties.get('User') || 'mosquitto';
  const account = accounts.find(({ name }) => name === owner);
  // A number that no account has; then the group is the process's.
  return { owner, group: account?.group || (owner === user ? group : '') || owner };
}

// What root will act on, and what is shown as part of commands to type: nothing that a shell or a
// terminal takes for more than a name.
const plainPath = /^(\/[\w.,:@+=-]{1,255}){1,16}$/;
const plainName = /^\w[\w.-]{0,63}$/;
const plainUser = /^[\w][\w.-]{0,31}$/;

function strange(name: string, detail: string): Trouble {
  return new Trouble(`What ${clean(name, 80)} tells of its broker cannot be used.`, {
    likely: 'Its configuration was named without its folder, or with characters that are unusual.',
    next: 'Let it be started with a plain path, as in "mosquitto -c /etc/mosquitto/mosquitto.conf".',
    detail: clean(detail, 200),
  });
}

function otherProgram(name: string, { exe, program }: Located): Trouble {
  return new Trouble(`The broker that runs on ${machineName(name)} cannot be tried.`, {
    likely: program
      ? `It is ${clean(onDisk(exe), 200)}, which others than root can change, and not ${clean(program, 200)}. Root starts no such program beside it.`
      : `It is ${clean(onDisk(exe), 200)}, which others than root can change. Root starts no such program beside it.`,
    next: 'Give that file and the folders above it to root alone, or name it with its full path in the unit (ExecStart=); then try again.',
  });
}

/** The version in the first line of `mosquitto -h`, or null. */
export const versionIn = (text: string): string | null =>
  /mosquitto version (\d{1,3}\.\d{1,3}\.\d{1,3})(?!\d)/.exec(text)?.[1] ?? null;

function notInstalled(name: string, program: string): Trouble {
  const where = machineName(name);
  if (program.startsWith('/snap/'))
    return new Trouble(`Mosquitto on ${where} is a snap, and does not tell its version.`, {
      likely:
        'A snap has libraries and a file system of its own. Lockstep cannot try one beside it.',
      next: 'Install the package of the distribution in its place; "lockstep audit --config" reads the folder of a snap, too.',
      detail: cleanLines(program, 1).join(''),
    });
  return program
    ? new Trouble(`Mosquitto on ${where} does not tell its version.`, {
        likely: 'It is older than 2.0, or it is another program of that name.',
        next: `Run "mosquitto -h" there. Lockstep works with Mosquitto 2.0 and newer.`,
        detail: cleanLines(program, 1).join(''),
      })
    : new Trouble(`There is no Mosquitto on ${where}.`, {
        likely: 'It was never installed there, or it runs in a container.',
        next: 'Install it ("sudo apt install mosquitto"), or check that this is the right machine.',
      });
}
