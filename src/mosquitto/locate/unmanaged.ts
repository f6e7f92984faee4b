import { Trouble } from '../../errors/trouble.ts';
import { clean, cleanLines } from '../../text/clean.ts';
import { configurationArgument, unitArguments } from '../service/command-line.ts';
import type { HostService } from '../service/service.ts';
import { unitTyped } from '../service/unit.ts';
import type { Located, Machine } from './located.ts';
import { hiddenFrom } from './sight.ts';

/** How a broker that was found is started and stopped. */
export function kindOf(machine: Machine, one: Located | null): HostService['kind'] {
  if (!machine.systemd) return machine.sysv ? 'sysv' : 'process';
  const runs = one !== null && one.argv.length > 0;
  if (!runs && machine.strays.length > 0) return 'process';
  return one?.properties.get('LoadState') === 'loaded' ? 'systemd' : 'process';
}

/**
 * Why nothing may be changed: the broker cannot be restarted, so what was changed could neither be used nor undone; or
 * it would not find, or not read, what is put into `paths`. Null where nothing stands in the way.
 */
export function whyUnmanaged(
  hostName: string,
  machine: Machine,
  one: Located | null,
  paths: readonly string[],
): Trouble | null {
  const kind = kindOf(machine, one);
  if (kind === 'sysv') return null;
  if (kind === 'systemd' && one)
    return (
      withoutFile(hostName, one) ??
      hiddenFrom(one.unit, one.properties, paths) ??
      passingUser(one) ??
      neverReady(hostName, one)
    );
  const name = clean(hostName, 80);
  const runs = one !== null && one.argv.length > 0;
  const stray = runs ? undefined : machine.strays[0];
  if (machine.systemd && stray) return strayed(name, stray);
  const state = one?.properties.get('LoadState') ?? '';
  const unit = unitTyped(one?.unit || null);
  if (state === 'masked')
    return new Trouble(`The service ${unit} is masked on ${name}.`, {
      likely: 'Somebody has told systemd never to start it: nobody could restart it.',
      next: `Allow it again ("sudo systemctl unmask ${unit}"), then go on.`,
    });
  if (!['', 'loaded', 'not-found'].includes(state))
    return new Trouble(`systemd cannot read the service ${unit} on ${name}.`, {
      likely: `Its unit file, or a file in ${one?.unit}.d, has an error.`,
      next: `Correct the line that "systemd-analyze verify ${one?.unit}" tells, then go on.`,
      detail: `LoadState=${clean(state, 40)}`,
    });
  return new Trouble(`Mosquitto is installed on ${name}, but not as a service.`, {
    likely: 'It was built by hand, or is started in a way of its own: nobody could restart it.',
    next: 'Make it a service (the mosquitto package of a distribution is one), then go on.',
  });
}

/** The control group tells by whom it was started, where it was not by the machine's own systemd. */
function strayed(name: string, { group, argv }: Machine['strays'][number]): Trouble {
  const container = /docker|libpod|containerd|crio|lxc|machine\.slice|payload/.test(group);
  const [, starter] = /([\w@.:\\-]+\.service)$/.exec(group) ?? [];
  const ofUser = /\/user@\d+\.service\/.*\.service$/.test(group);
  return new Trouble(`Mosquitto runs on ${name}, but not as a service.`, {
    likely: container
      ? 'It runs in a container: nobody could restart it from here.'
      : ofUser
        ? "It is a service of one user, not of the machine's: nobody else could restart it."
        : `It was started ${starter ? `by ${starter}` : 'by hand'}, and is no service of its own: nobody could restart it.`,
    next: container
      ? 'Secure it where it is configured; "lockstep audit --config" reads that folder.'
      : 'Stop it and start it as a service ("sudo systemctl enable --now mosquitto"), then go on.',
    detail: cleanLines([argv.join(' '), group].filter(Boolean).join('\n'), 2, 300).join('\n'),
  });
}

/** Started without `-c` it reads no file at all, and takes everybody on its own machine (mosquitto(8)). */
function withoutFile(hostName: string, { unit, argv, properties }: Located): Trouble | null {
  const words = argv.length > 0 ? argv : unitArguments(properties.get('ExecStart') ?? '');
  // What a script, a snap or a variable of the unit adds is not known as long as it does not run.
  const told = /(^|\/)mosquitto$/.test(words[0] ?? '') && !words.some((word) => word.includes('$'));
  if (!told || configurationArgument(words) !== null) return null;
  const typed = unitTyped(unit);
  return new Trouble(
    `The broker on ${clean(hostName, 80)} is started without a configuration file.`,
    {
      likely: 'Its unit names none (no "-c"): what stands in /etc/mosquitto is not read.',
      next: `Name it in the unit ("sudo systemctl edit ${typed}": ExecStart= with "-c /etc/mosquitto/mosquitto.conf"), restart it, see that it serves as you wish, then go on. Nothing was changed.`,
      detail: cleanLines(words.join(' '), 1, 200).join(''),
    },
  );
}

/** What systemd gives out for DynamicUser= (systemd.exec(5), and the table in its UIDS-GIDS). */
const isPassing = (number: string): boolean => Number(number) >= 61184 && Number(number) <= 65519;

/** An account that is there for good is used where it has the name; then its number stays. */
function passingUser({ unit, properties, accounts, user }: Located): Trouble | null {
  if (properties.get('DynamicUser') !== 'yes') return null;
  const name = properties.get('User') || user;
  const account = accounts.find((one) => one.name === name);
  if (account && account.number !== '' && !isPassing(account.number)) return null;
  const typed = unitTyped(unit);
  return new Trouble(`The service ${typed} runs as a user who exists only while it runs.`, {
    likely:
      'Its unit says DynamicUser=yes: after the next start that user has another number, and could not read a key that was given to him.',
    next: `Give it a user that stays ("sudo systemctl edit ${typed}": under [Service] "DynamicUser=no" and "User=mosquitto"), restart it, then go on. Nothing was changed.`,
  });
}

/** `locateScript` has waited for it. */
function neverReady(hostName: string, { unit, properties, argv }: Located): Trouble | null {
  if (properties.get('ActiveState') !== 'activating') return null;
  const typed = unitTyped(unit);
  const again = properties.get('SubState') === 'auto-restart' || argv.length === 0;
  return new Trouble(`The service ${typed} on ${clean(hostName, 80)} does not come to its start.`, {
    likely: again
      ? 'It ends by itself, and systemd starts it again and again.'
      : 'The broker runs, but does not tell systemd that it is ready (Type=notify, and a program built without that), so systemd will end it.',
    next: `"systemctl status ${typed}" there shows how far it came. Put that right (for a program that tells nothing: Type=simple), then go on. Nothing was changed.`,
    detail: `ActiveState=activating, SubState=${clean(properties.get('SubState') ?? '', 40)}`,
  });
}
