import { describe, expect, test } from 'vitest';
import type { Trouble } from '../../../src/errors/trouble.ts';
import { type Clock, clockFrom, fieldsOf } from '../../../src/host/clock/clock.ts';
import {
  howToSet,
  isOff,
  offWords,
  spanText,
  whyOff,
} from '../../../src/host/clock/clock-words.ts';
import { clockRemarks } from '../../../src/mosquitto/audit/clock-remarks.ts';
import { refuseByClock } from '../../../src/steps/release/clock-gate.ts';

const now = new Date('2026-11-03T14:05:00Z');
const minute = 60;
const hour = 3600;
const day = 86_400;

/** A board that is as it should be, but for what is given. */
const clock = (but: Partial<Clock> = {}): Clock => ({
  aheadSeconds: 0,
  withinSeconds: 0.1,
  keeper: 'systemd-timesyncd',
  synchronised: true,
  canKeep: true,
  hardware: 'right',
  remembers: true,
  machine: 'own',
  ...but,
});

/** What clockScript says on a machine, one field a line, asked for at `now` and answered 2 s later. */
const told = (...fields: [name: string, value: string][]): Clock | null =>
  clockFrom(
    fieldsOf(fields.map((field) => field.join('\t')).join('\n')),
    now,
    new Date(now.getTime() + 2000),
  );
const at = (seconds: number): string => (now.getTime() / 1000 + seconds).toFixed(9);
const sameTime: [string, string][] = [
  ['from', at(1)],
  ['until', at(1)],
];

describe('what a machine tells of its clock', () => {
  test('the difference leaves out what the way and the script took', () => {
    // Half a second to get there, one second in the script, half a second back; 100 s behind.
    const seen = told(['from', at(0.5 - 100)], ['until', at(1.5 - 100)]);
    expect(seen?.aheadSeconds).toBeCloseTo(-100, 5);
    expect(seen?.withinSeconds).toBeCloseTo(0.5, 5);
  });

  test('busybox tells whole seconds: within half a second more', () => {
    const whole = String(Math.floor(now.getTime() / 1000) + 1);
    const seen = told(['from', `${whole}.%N`], ['until', `${whole}.%N`]);
    expect(seen?.aheadSeconds).toBeCloseTo(0.5, 5);
    expect(seen?.withinSeconds).toBeCloseTo(1.5, 5);
  });

  test('one that tells no time', () => {
    expect(told(['from', ''], ['until', ''])).toBeNull();
    expect(told()).toBeNull();
  });

  test.each([
    ['systemd-timesyn', 'systemd-timesyncd'],
    ['chronyd', 'chrony'],
    ['ntpd', 'ntpd'],
    ['VBoxService', 'VirtualBox'],
  ])('%s keeps it', (process, keeper) => {
    expect(told(...sameTime, ['runs', process])?.keeper).toBe(keeper);
  });

  test('an ntpd that has ntpctl beside it is OpenNTPD', () => {
    expect(told(...sameTime, ['runs', 'ntpd'], ['openntpd', 'yes'])?.keeper).toBe('OpenNTPD');
  });

  test.each([
    ['NTPSynchronized', 'yes', true],
    ['NTPSynchronized', 'no', false],
    ['leap', 'Leap status     : Normal', true],
    ['leap', 'Leap status     : Not synchronised', false],
    ['leap', 'associd=0 status=c016 leap_alarm, sync_unspec,', false],
    ['leap', 'associd=0 status=0615 leap_none, sync_ntp,', true],
    ['leap', '4/4 peers valid, clock synced, stratum 2', true],
    ['leap', '0/4 peers valid, clock unsynced', false],
    ['leap', '', null],
  ])('%s %s: %s', (name, value, synchronised) => {
    expect(told(...sameTime, [name, value])?.synchronised).toBe(synchronised);
  });

  test('the hardware clock that the kernel set its own by decides', () => {
    const epoch = Math.floor(now.getTime() / 1000);
    const hardware = (...rtcs: string[]) =>
      told(...sameTime, ['rtcs', 'known'], ...rtcs.map((rtc): [string, string] => ['rtc', rtc]))
        ?.hardware;
    expect(hardware()).toBe('none');
    expect(hardware(`1:${epoch}`)).toBe('right');
    expect(hardware('1:1200')).toBe('wrong');
    expect(hardware('0:1200', `1:${epoch}`)).toBe('right');
    expect(hardware(`0:${epoch}`, '1:1200')).toBe('wrong');
    expect(hardware(`0:${epoch}`, ':')).toBe('right');
    expect(told(...sameTime)?.hardware).toBeNull();
  });

  test('a container, a virtual machine, a board', () => {
    expect(told(...sameTime, ['container', 'lxc'], ['virtual', 'kvm'])?.machine).toBe('container');
    expect(told(...sameTime, ['container', 'none'], ['virtual', 'kvm'])?.machine).toBe('virtual');
    expect(told(...sameTime, ['container', 'none'], ['virtual', 'none'])?.machine).toBe('own');
  });

  test('names from outside are cleaned and bounded', () => {
    expect(told(...sameTime, ['runs', `\x1b[31m${'x'.repeat(200)}`])?.keeper).not.toMatch(
      /\x1b|.{21}/,
    );
  });
});

describe('what is said of it', () => {
  test.each([
    [1, '1 s'],
    [119, '119 s'],
    [2 * minute, '2 minutes'],
    [day + 2 * hour + 3 * minute, '1 day 2 hours'],
    [365 * day + 3 * day, '1 year 3 days'],
  ])('%d s is %s', (seconds, text) => expect(spanText(seconds)).toBe(text));

  test('a slow answer does not make a clock wrong', () => {
    expect(isOff(clock({ aheadSeconds: 90, withinSeconds: 40 }))).toBe(false);
    expect(isOff(clock({ aheadSeconds: -90, withinSeconds: 1 }))).toBe(true);
    expect(offWords(clock({ aheadSeconds: 30, withinSeconds: 40 }))).toBe('as here');
    expect(offWords(clock({ aheadSeconds: -day }))).toBe('1 day behind');
  });

  test.each<[string, Partial<Clock>, RegExp]>([
    ['kept there: it is ours', { aheadSeconds: day }, /this machine's clock that is wrong/],
    ['1970', { aheadSeconds: -56 * 365 * day, synchronised: false }, /starts in the past/],
    ['a container', { aheadSeconds: -day, synchronised: null, machine: 'container' }, /container/],
    ['two hours', { aheadSeconds: 2 * hour - 3, synchronised: false }, /another time zone/],
    ['90 seconds', { aheadSeconds: 90, synchronised: false }, /reaches no time server/],
    ['nothing keeps it', { aheadSeconds: day, synchronised: null, keeper: null }, /Nothing there/],
  ])('why: %s', (_, but, words) => expect(whyOff(clock(but), now)).toMatch(words));

  test('how to set it names a command that fits', () => {
    expect(howToSet(clock({ synchronised: false, keeper: null }), now)).toContain(
      '"sudo timedatectl set-ntp true"; or set it by hand, "sudo date -u -s \'2026-11-03 14:05:00\'"',
    );
    expect(howToSet(clock({ synchronised: null, keeper: null, canKeep: false }), now)).toContain(
      'sudo apt install chrony',
    );
  });

  const remarks = (but: Partial<Clock>) =>
    clockRemarks(clock(but), now).map(({ id, severity }) => [id, severity]);

  test('nothing of one that is right, kept, and runs on without power', () => {
    expect(remarks({})).toEqual([]);
  });

  test('one that nothing keeps, and one whose keeper reaches nobody', () => {
    expect(remarks({ keeper: null, synchronised: false })).toEqual([['clock-not-kept', 'warning']]);
    expect(remarks({ synchronised: false })).toEqual([['clock-not-synchronised', 'warning']]);
    expect(remarks({ synchronised: null })).toEqual([]);
  });

  test('a board that starts in the past, worse where the time is not noted', () => {
    expect(remarks({ hardware: 'none' })).toEqual([['clock-starts-in-the-past', 'note']]);
    expect(remarks({ hardware: 'wrong', remembers: false })).toEqual([
      ['clock-starts-in-the-past', 'warning'],
    ]);
    expect(remarks({ hardware: 'none', machine: 'virtual' })).toEqual([]);
  });

  test('of a container only that it is off', () => {
    const container = { machine: 'container', keeper: null, synchronised: null } as const;
    expect(remarks({ ...container, hardware: 'none' })).toEqual([]);
    expect(remarks({ ...container, aheadSeconds: -day })).toEqual([['clock-off', 'warning']]);
  });
});

describe('a certificate that would not be valid there', () => {
  const dated = [
    {
      what: 'the certificate of client01',
      notBefore: new Date('2026-11-03T14:00:00Z'),
      notAfter: new Date('2027-11-03T14:00:00Z'),
    },
  ];
  const troubleAt = (aheadSeconds: number, when = now): Trouble | null => {
    try {
      refuseByClock('pi', clock({ aheadSeconds, synchronised: false }), dated, when);
      return null;
    } catch (error) {
      return error as Trouble;
    }
  };

  test('is not installed: not yet, or no more', () => {
    expect(troubleAt(-day)?.message).toBe(
      'The clock of pi is 1 day behind: the certificate of client01 would not be valid there before 2026-11-03 14:00 UTC.',
    );
    expect(troubleAt(366 * day)?.message).toContain('has ended there, on 2027-11-03');
    expect(troubleAt(-day)?.next).toContain('nothing was changed');
  });

  test('one that is valid there all the same is, and one that is not valid here is not its business', () => {
    expect(troubleAt(-4 * minute)).toBeNull();
    expect(troubleAt(day)).toBeNull();
    expect(troubleAt(-day, new Date('2028-01-01T00:00:00Z'))).toBeNull();
  });
});
