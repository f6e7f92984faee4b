import { scriptCommand } from '../../host-scripts/script.ts';
import { clean } from '../../text/clean.ts';
import type { Host } from '../api/host.ts';

/** A machine's clock beside ours, and what it depends on. Certificates are believed by it. */
export interface Clock {
  /** Seconds it is ahead of this machine's (negative: behind) … */
  aheadSeconds: number;
  /** … give or take this many: half of what the round trip took on the way. */
  withinSeconds: number;
  /** The program that keeps it right, as people call it; null where none was seen. */
  keeper: string | null;
  /** Whether it agrees with a time server now; null where that cannot be told. */
  synchronised: boolean | null;
  /** Whether `timedatectl set-ntp true` has a keeper to switch on. */
  canKeep: boolean;
  /** The clock that runs on without power; `wrong`: more than a day away from the time there. */
  hardware: 'right' | 'wrong' | 'none' | null;
  /** Whether the time is noted on disk (fake-hwclock(8), systemd-timesyncd) and taken up at boot. */
  remembers: boolean;
  /** In a container it is the clock of the machine around it: nothing inside keeps or sets it. */
  machine: 'own' | 'virtual' | 'container';
}

/** Looks at a machine's clock, in one round trip, without root. Null where it tells no time. */
export async function lookAtClock(host: Host, now: () => Date): Promise<Clock | null> {
  const sent = now();
  const { stdout } = await host.run(scriptCommand('host/clock'), {
    doing: 'Looking at the clock',
  });
  return clockFrom(fieldsOf(stdout), sent, now());
}

/** Of what a machine says, so much is looked at. */
const mostLines = 2000;

/** The lines of `field NAME VALUE`: every value of each name, in order. */
export function fieldsOf(stdout: string): (name: string) => string[] {
  const all = stdout.split('\n', mostLines).map((line) => line.slice(0, 1000).split('\t'));
  return (name) => all.filter(([key]) => key === name).map(([, value = '']) => value.trim());
}

/**
 * What the answer of `clockScript` tells, sent for and received at these times. The difference is that of
 * NTP (RFC 5905, section 8): the times of both ends there and here, so that what the script itself
 * took does not count. Null where the machine tells no time.
 */
export function clockFrom(
  values: (name: string) => string[],
  sent: Date,
  received: Date,
): Clock | null {
  const from = secondsOf(values('from')[0]);
  const until = secondsOf(values('until')[0]) ?? from;
  if (!from || !until) return null;
  const here = { from: sent.getTime() / 1000, until: received.getTime() / 1000 };
  const onTheWay = here.until - here.from - (until.at - from.at);
  const synchronised = synchronisedIn(values);
  return {
    aheadSeconds: (from.at - here.from + (until.at - here.until)) / 2,
    withinSeconds: Math.max(0, onTheWay) / 2 + from.within,
    keeper: keeperIn(values),
    synchronised,
    canKeep: values('CanNTP')[0] === 'yes',
    hardware: hardwareIn(values, from.at),
    remembers: values('noted').length > 0,
    machine: values('container').some(isTold)
      ? 'container'
      : values('virtual').some(isTold)
        ? 'virtual'
        : 'own',
  };
}

/** Busybox knows no `%N`: then it is a whole second, and the middle of it is meant. */
function secondsOf(text = ''): { at: number; within: number } | null {
  const found = /^(-?\d+)(\.\d+)?/.exec(text);
  if (!found) return null;
  return found[2] === undefined
    ? { at: Number(found[1]) + 0.5, within: 0.5 }
    : { at: Number(found[0]), within: 0 };
}

/** systemd-detect-virt(1) says `none` where there is nothing. */
const isTold = (text: string): boolean => text !== '' && text !== 'none';

/** By the name of the process, of which the kernel keeps 15 characters. */
const keepers: Record<string, string> = {
  'systemd-timesyn': 'systemd-timesyncd',
  chronyd: 'chrony',
  ntpd: 'ntpd',
  openntpd: 'OpenNTPD',
  phc2sys: 'phc2sys (PTP)',
  VBoxService: 'VirtualBox',
  vmtoolsd: 'VMware Tools',
};

function keeperIn(values: (name: string) => string[]): string | null {
  const [name] = values('runs');
  if (name === undefined) return null;
  if (name === 'ntpd' && values('openntpd').length > 0) return 'OpenNTPD';
  return keepers[name] ?? clean(name, 20);
}

/** The kernel's own word by timedatectl(1); without systemd what chronyc, ntpq or ntpctl say. */
function synchronisedIn(values: (name: string) => string[]): boolean | null {
  const kernel = values('NTPSynchronized')[0];
  if (kernel === 'yes' || kernel === 'no') return kernel === 'yes';
  const words = values('leap').join(' ');
  if (/Not synchronised|leap_alarm|sync_unspec|clock unsynced/.test(words)) return false;
  return /Leap status|leap_|clock synced/.test(words) ? true : null;
}

const day = 86_400;

/** The one the kernel set its clock by at boot decides, where it says so (rtc-class sysfs, hctosys). */
function hardwareIn(values: (name: string) => string[], now: number): Clock['hardware'] {
  if (values('rtcs').length === 0) return null;
  const all = values('rtc').map((text) => text.split(':'));
  if (all.length === 0) return 'none';
  const used = all.filter(([setsClock]) => setsClock === '1');
  const right = (used.length > 0 ? used : all).some(
    ([, epoch]) => epoch && Math.abs(Number(epoch) - now) < day,
  );
  return right ? 'right' : 'wrong';
}
