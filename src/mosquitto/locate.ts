import { isIP } from 'node:net';
import { clean, cleanLines } from '../clean.ts';
import { noAnswer } from '../host/failures.ts';
import type { Host } from '../host/host.ts';
import { Trouble } from '../trouble.ts';
import type { Broker } from './broker.ts';
import { nameOffers, namesScript } from './name-offers.ts';
import { brokerProcess } from './process.ts';
import { type ServiceFacts, serviceFor } from './service.ts';
import { seenFrom, workingFolder } from './working-folder.ts';

// One round trip: what is installed, what runs, and how it was started. Nothing here needs root.
const script = `
PATH=$PATH:/usr/sbin:/usr/local/sbin:/sbin
${brokerProcess}
field() { printf '%s\\t%s\\n' "$1" "$2"; }
field reached "\${SSH_CONNECTION:-}"
field version "$(mosquitto -h 2>/dev/null | head -n 1)"
field program "$(command -v mosquitto)"
pid=
if [ -d /run/systemd/system ]; then
  systemctl show mosquitto.service -p LoadState -p ExecStart -p User -p WorkingDirectory 2>/dev/null |
    while IFS='=' read -r key value; do field "unit.$key" "$value"; done
  pid=$(systemctl show mosquitto.service -p MainPID 2>/dev/null | cut -d= -f2)
fi
[ -x /etc/init.d/mosquitto ] && field sysv yes
if [ -z "$pid" ] || [ "$pid" = 0 ]; then
  # The service's processes are those in its control group (systemd.unit(5)), also when it has no main one
  # at the moment: between two attempts to start, or with GuessMainPID=no (systemd.service(5)).
  pid=$(broker_process)
  stray=
  for one in $(pgrep -x mosquitto 2>/dev/null); do
    group=$(cat "/proc/$one/cgroup" 2>/dev/null) || continue
    case $group in
      */mosquitto.service*) pid=$one stray= && break ;;
      *) stray=yes ;;
    esac
  done
  field stray "$stray"
fi
if [ -n "$pid" ]; then
  field cwd "$(readlink "/proc/$pid/cwd")"
  field user "$(ps -o user:64= -p "$pid" 2>/dev/null)"
  tr '\\0' '\\n' <"/proc/$pid/cmdline" 2>/dev/null | while IFS= read -r word; do field argv "$word"; done
fi
${namesScript}true
`;

/**
 * Finds the Mosquitto of a host: its version, how it is started, and the configuration the running
 * service uses (from the process's own arguments, else from the unit file).
 */
export async function locateBroker(host: Host, address: string): Promise<Broker> {
  const { stdout } = await host.run(['sh', '-c', script, 'lockstep'], {
    timeoutSeconds: 20,
    doing: 'Looking for Mosquitto',
  });
  const found = fields(stdout);
  if (!found.has('version')) throw noAnswer(host.name);
  const one = (name: string) => found.get(name)?.[0]?.trim() ?? '';

  const version = versionIn(one('version'));
  if (!version) throw notInstalled(host.name, one('program'));

  const argv = found.get('argv') ?? unitArguments(one('unit.ExecStart'));
  const cwd = workingFolder(one('cwd'), one('unit.WorkingDirectory'));
  const main = seenFrom(cwd, configurationArgument(argv) ?? '/etc/mosquitto/mosquitto.conf');
  const folder = main.slice(0, main.lastIndexOf('/')) || '/';
  const user =
    one('user') && one('user') !== 'root' ? one('user') : one('unit.User') || 'mosquitto';
  if (!plainPath.test(main)) throw strange(host.name, `Its configuration file: ${main}`);
  if (!plainUser.test(user)) throw strange(host.name, `The user it runs as: ${user}`);

  const hostname = found.get('name')?.[1]?.trim() ?? '';
  const facts: ServiceFacts = {
    unit: one('unit.LoadState'),
    sysv: one('sysv') === 'yes',
    // Under SysV every daemon is found by its name alone.
    stray: one('stray') === 'yes' && one('unit.LoadState') !== '',
    argv,
  };
  return {
    host,
    name: clean(plainName.test(hostname) ? hostname : address, 64),
    address,
    ...reachedBy(one('reached')),
    names: [
      ...new Set([
        ...nameOffers(found.get('name') ?? [], found.get('address') ?? []),
        // An address with a zone means something on the machine alone that uses it.
        ...(address.includes('%') ? [] : [address]),
      ]),
    ],
    version,
    product: `Mosquitto ${version}`,
    ports: { plain: 1883, tls: 8883 },
    layout: {
      main,
      folder,
      access: `${folder}/conf.d/access.conf`,
      certificates: `${folder}/certs`,
      authorities: `${folder}/ca_certificates`,
      state: '/var/lib/mqtt-lockstep',
      runtime: '/run/mqtt-lockstep',
      cwd,
      keyOwner: { owner: user, group: user },
    },
    service: serviceFor(host, facts),
    canShadow: true,
    caveats: [],
  };
}

/** `CLIENT PORT SERVER PORT`, as sshd tells it; IPv4 may come in the form of IPv6. */
function reachedBy(connection: string): Pick<Broker, 'reached'> {
  const plain = (address = '') => address.replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*$/, '');
  const [client, , server] = connection.split(' ').map(plain);
  return client && server && isIP(client) && isIP(server) ? { reached: { client, server } } : {};
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

/** The version in the first line of `mosquitto -h`, or null. */
export const versionIn = (text: string): string | null =>
  /mosquitto version (\d{1,3}\.\d{1,3}\.\d{1,3})(?!\d)/.exec(text)?.[1] ?? null;

function fields(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of cleanableLines(text)) {
    const tab = line.indexOf('\t');
    if (tab < 0) continue;
    const name = line.slice(0, tab);
    found.set(name, [...(found.get(name) ?? []), line.slice(tab + 1)]);
  }
  return found;
}

const cleanableLines = (text: string): string[] => text.split('\n', 200);

/** `{ path=/usr/sbin/mosquitto ; argv[]=/usr/sbin/mosquitto -c /etc/… ; … }`, as systemctl shows it. */
function unitArguments(execStart: string): string[] {
  return /argv\[\]=([^;]*)/.exec(execStart)?.[1]?.trim().split(' ').filter(Boolean) ?? [];
}

/** The value of `-c` or `--config-file` (mosquitto(8)), or null when it runs without one. */
function configurationArgument(argv: string[]): string | null {
  for (const [index, word] of argv.entries())
    if (word === '-c' || word === '--config-file') return argv[index + 1] ?? null;
  return null;
}

function notInstalled(name: string, program: string): Trouble {
  const where = name === 'local' ? 'this machine' : clean(name, 80);
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
