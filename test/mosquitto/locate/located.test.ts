import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { Trouble } from '../../../src/errors/trouble.ts';
import { hostScript } from '../../../src/host-scripts/script.ts';
import { chosen, type Located, machineIn } from '../../../src/mosquitto/locate/located.ts';
import { kindOf, whyUnmanaged } from '../../../src/mosquitto/locate/unmanaged.ts';
import { unitName } from '../../../src/mosquitto/service/unit.ts';

const script = `${hostScript('mosquitto/service/process')}
init=$1 group=$2
group_of() { if [ "$1" = 1 ]; then echo "$init"; else echo "$group"; fi; }
group_unit 2
`;

/** What the shell function says of a process in this group, on a machine whose init is in that one. */
const unitOf = (group: string, init = '/init.scope') =>
  execFileSync('sh', ['-c', script, 'lockstep', init, group], { encoding: 'utf8' }).trim();

describe('the service that a control group has the name of', () => {
  test.each([
    ['/system.slice/mosquitto.service', 'mosquitto.service'],
    ['/system.slice/system-mosquitto.slice/mosquitto@a.service', 'mosquitto@a.service'],
    [String.raw`/system.slice/mosquitto@a\x2db.service`, String.raw`mosquitto@a\x2db.service`],
    ['/system.slice/snap.mosquitto.mosquitto.service', 'snap.mosquitto.mosquitto.service'],
    ['/mosquitto.service', 'mosquitto.service'],
    ['/user.slice/user-1.slice/user@1.service/app.slice/mosquitto.service', ''],
    ['/system.slice/mosquitto.service/libpod-payload-0f', ''],
    ['/system.slice/docker-0f.scope', ''],
    ['/machine.slice/one.service/payload/system.slice/mosquitto.service', ''],
    ['/user.slice/user-1.slice/session-3.scope', ''],
    ['/system.slice/$(reboot).service', ''],
    ['/system.slice/-oops.service', ''],
    ['/', ''],
    ['', ''],
  ])('%s: %s', (group, unit) => {
    expect(unitOf(group)).toBe(unit);
    // The same on a machine that is itself in a group, as a container without groups of its own.
    if (group !== '/') expect(unitOf(`/lxc/7${group}`, '/lxc/7/init.scope')).toBe(unit);
    if (unit) expect(unitName.test(unit)).toBe(true);
  });
});

const said = (...lines: string[]) => machineIn(`systemd\tyes\n${lines.join('\n')}\n`);

const broker = (unit: string, state: 'running' | 'inactive' | 'failed' | 'not-found') => [
  `broker\t${unit}`,
  `unit.LoadState\t${state === 'not-found' ? state : 'loaded'}`,
  `unit.ActiveState\t${state === 'running' ? 'active' : state === 'failed' ? state : 'inactive'}`,
  ...(state === 'running' ? ['argv\tmosquitto', 'argv\t-c', `argv\t/etc/${unit}.conf`] : []),
];

const choice = (wanted: string, ...brokers: string[][]) => {
  const machine = said(...brokers.flat());
  if (!machine) throw new Error('nothing was read');
  try {
    return chosen('here', machine, wanted)?.unit ?? null;
  } catch (error) {
    if (error instanceof Trouble) return error.message;
    throw error;
  }
};

test('which broker is meant', () => {
  const usual = 'mosquitto.service';
  const [a, b] = ['mosquitto@a.service', 'mosquitto@b.service'];
  const several = 'Several brokers run on here.';
  expect(choice('', broker(usual, 'running'))).toBe(usual);
  expect(choice('', broker(usual, 'inactive'))).toBe(usual);
  expect(choice('', broker(usual, 'not-found'))).toBe(null);
  expect(choice('', broker(usual, 'inactive'), broker(a, 'running'))).toBe(a);
  expect(choice('', broker(usual, 'running'), broker(a, 'running'))).toBe(usual);
  expect(choice('', broker(a, 'running'), broker(b, 'running'))).toBe(several);
  expect(choice('', broker(usual, 'inactive'), broker(a, 'failed'))).toBe(a);
  expect(choice('', broker(a, 'failed'), broker(b, 'running'))).toBe(b);
  expect(choice('', broker(a, 'failed'), broker(b, 'failed'))).toBe(several);
  expect(choice(b, broker(a, 'running'), broker(b, 'failed'))).toBe(b);
  expect(choice(b, broker(a, 'running'))).toBe(`There is no service ${b} on here.`);
});

test('nothing that is no name of a unit goes on', () => {
  const hostile = ['$(reboot).service', '-H.service', 'a b.service', 'a\u001b[2J.service', '../x'];
  const machine = said(
    ...hostile.flatMap((unit) => broker(unit, 'running')),
    ...broker('a.service', 'running'),
  );
  expect(machine?.brokers.map(({ unit }) => unit)).toEqual(['a.service']);
});

describe('why nothing may be changed', () => {
  const stray = (group: string) => {
    const machine = said(
      ...broker('mosquitto.service', 'inactive'),
      `stray\t${group}`,
      'argv\tmosquitto',
    );
    if (!machine) throw new Error('nothing was read');
    expect(kindOf(machine, chosen('here', machine, ''))).toBe('process');
    return whyUnmanaged('here', machine, chosen('here', machine, ''), [])?.likely;
  };

  test.each([
    ['/system.slice/docker-0f.scope', /container/],
    ['/system.slice/mosquitto.service/libpod-payload-0f', /container/],
    ['/user.slice/user-1.slice/user@1.service/app.slice/mosquitto.service', /of one user/],
    ['/user.slice/user-1.slice/session-3.scope', /started by hand/],
    ['/system.slice/cron.service', /started by cron\.service/],
  ])('a process in %s', (group, words) => {
    expect(stray(group)).toMatch(words);
  });

  const why = (more: Partial<Located>, ...properties: string[]) => {
    const machine = said(...broker('mosquitto.service', 'running'), ...properties);
    const [one] = machine?.brokers ?? [];
    if (!machine || !one) throw new Error('nothing was read');
    return whyUnmanaged('here', machine, Object.assign(one, more), ['/etc/mosquitto/certs'])
      ?.message;
  };

  test('a user that exists only while it runs', () => {
    const dynamic = ['unit.DynamicUser\tyes', 'unit.User\tmosquitto'];
    const message = 'The service mosquitto runs as a user who exists only while it runs.';
    expect(why({}, ...dynamic)).toBe(message);
    expect(why({}, ...dynamic, 'account\tmosquitto 61999 mosquitto')).toBe(message);
    // With an account of that name systemd takes that (systemd.exec(5)).
    expect(why({}, ...dynamic, 'account\tmosquitto 108 mosquitto')).toBeUndefined();
    expect(why({}, 'unit.DynamicUser\tno')).toBeUndefined();
  });

  test('a service that is starting', () => {
    expect(why({}, 'unit.ActiveState\tactivating')).toMatch(/does not come to its start/);
    expect(why({}, 'unit.ActiveState\tactive')).toBeUndefined();
  });
});
