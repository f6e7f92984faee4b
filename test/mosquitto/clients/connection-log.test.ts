import { describe, expect, test } from 'vitest';
import { readConnectionLog } from '../../../src/mosquitto/clients/connection-log.ts';
import { logSource } from '../../../src/mosquitto/clients/log-source.ts';
import { lineTime, zoneMinutes } from '../../../src/mosquitto/clients/log-time.ts';
import { read as configurationOf } from '../../support/brokers/reading.ts';

const times = { zoneMinutes: 0, aheadSeconds: 0 };
const read = (text: string, autoPrefix?: string) =>
  readConnectionLog(text.trim().split('\n'), times, autoPrefix);
const at = (seconds: number) => new Date(seconds * 1000);

// Lines as the brokers wrote them on test hosts.
const logs = {
  '2.0.11': `
1795740218: mosquitto version 2.0.11 running
1795740218: New connection from 127.0.0.1:57398 on port 1883.
1795740218: New connection from ::1:43328 on port 1884.
1795740218: New client connected from ::1:43328 as we ird u'x') (p5, c1, k60, u'o'b (x)').
1795740218: New client connected from 127.0.0.1:57398 as dev1 (p2, c1, k60, u'alice').
1795740218: New connection from ::1:43344 on port 1883.
1795740218: New client connected from ::1:43344 as auto-7E7183F7-F831-9E80-90DC-68B2E6C60642 (p5, c1, k60).
1795740219: New connection from 127.0.0.1:57412 on port 1883.
1795740220: Client <unknown> closed its connection.
1795740221: Client dev1 closed its connection.
1795740222: Client we ird u'x') disconnected.
1795740223: Client <unknown> disconnected, not authorised.`,
  '2.0.21': `
1795740218: mosquitto version 2.0.21 running
1795740218: New connection from ::1:43328 on port 1884.
1795740218: New client connected from ::1:43328 as we ird u'x') (p5, c1, k60, u'o'b (x)').
1795740218: New connection from 127.0.0.1:57398 on port 1883.
1795740218: New client connected from 127.0.0.1:57398 as dev1 (p2, c1, k60, u'alice').
1795740218: New connection from ::1:43344 on port 1883.
1795740218: New client connected from ::1:43344 as auto-7E7183F7-F831-9E80-90DC-68B2E6C60642 (p5, c1, k60).
1795740221: Client dev1 has exceeded timeout, disconnecting.
1795740222: Client we ird u'x') disconnected due to protocol error.
1795740223: Client dev2 disconnected, not authorised.`,
  '2.1.2': `
1795740218: mosquitto version 2.1.2 running
1795740218: New connection from ::1:43328 on port 1884.
1795740218: New client connected from ::1:43328 as we ird u'x') (p5, c1, k60, u'o'b (x)').
1795740218: New connection from 127.0.0.1:57398 on port 1883.
1795740218: New client connected from 127.0.0.1:57398 as dev1 (p4, c1, k60, u'alice').
1795740218: New connection from ::1:43344 on port 1883.
1795740218: New client connected from ::1:43344 as auto-7E7183F7-F831-9E80-90DC-68B2E6C60642 (p5, c1, k60).
1795740220: Client 127.0.0.1 [127.0.0.1:53376] disconnected: connection closed by client.
1795740221: Client dev1 [127.0.0.1:57398] disconnected: connection closed by client.
1795740222: Client we ird u'x') [::1:43328] disconnected.
1795740223: Client dev2 [127.0.0.1:39382] disconnected: not authorised.`,
};

test.each(Object.entries(logs))('who has only knocked is told apart, %s', (_, text) => {
  expect(read(text).knocking).toEqual(new Set(text.includes('57412') ? ['127.0.0.1 57412'] : []));
  // The same far end again: who had it before is gone, and whoever has it now has not come in yet.
  const again = '1795740224: New connection from 127.0.0.1:57398 on port 8883.';
  const log = read(`${text}\n${again}`);
  expect([...log.knocking]).toContain('127.0.0.1 57398');
  expect(log.endpoints.has('127.0.0.1 57398')).toBe(false);
  expect(log.sightings.map(({ clientId }) => clientId)).toContain('dev1');
  const late = `1795740225: New client connected from 127.0.0.1:57398 as pump (p4, c1, k60).`;
  const { knocking, endpoints } = read(`${text}\n${again}\n${late}`);
  expect(knocking.has('127.0.0.1 57398')).toBe(false);
  expect(endpoints.get('127.0.0.1 57398')).toMatchObject({ clientId: 'pump', port: 8883 });
});

test('who came by websockets is told apart, where the log tells of ports (2.0)', () => {
  const ws = '1795740219: New client connected from 127.0.0.1:40001 as ws-pump (p2, c1, k60).';
  const told = (text: string) =>
    read(text).sightings.find(({ clientId }) => clientId === 'ws-pump') ?? null;
  expect(told(`${logs['2.0.11']}\n${ws}`)).toMatchObject({ port: null, untold: true });
  expect(told(`1795740218: mosquitto version 2.0.21 starting\n${ws}`)).toMatchObject({
    untold: true,
  });
  // The line before it may have been cut off with the rest.
  expect(told(ws)).toMatchObject({ port: null });
  expect(told(ws)).not.toHaveProperty('untold');
});

test('that more came than are told is known', () => {
  const many = Array.from(
    { length: 1003 },
    (_, n) => `1795740219: New client connected from 127.0.0.1:${n + 1} as c${n} (p2, c1, k60).`,
  );
  expect(read(many.join('\n'))).toMatchObject({ more: true, sightings: { length: 1000 } });
  expect(read(many.slice(3).join('\n')).more).toBe(false);
});

describe('who came, by the log', () => {
  test.each(Object.entries(logs))('of %s', (_, text) => {
    const log = read(text);
    expect(log.since).toEqual(at(1795740218));
    expect(new Set(log.sightings)).toEqual(
      new Set([
        {
          clientId: "we ird u'x')",
          address: '::1',
          user: "o'b (x)",
          port: 1884,
          lastSeen: at(1795740222),
        },
        {
          clientId: 'dev1',
          address: '127.0.0.1',
          user: 'alice',
          port: 1883,
          lastSeen: at(1795740221),
        },
        { clientId: null, address: '::1', user: null, port: 1883, lastSeen: at(1795740218) },
      ]),
    );
    expect(log.endpoints.get('127.0.0.1 57398')).toMatchObject({ clientId: 'dev1' });
  });

  test('a port that the log does not tell is not guessed; two doors are two sightings', () => {
    const log = read(`
1795740210: New client connected from 10.0.0.7:40000 as early (p2, c1, k60).
1795740211: New connection from 10.0.0.7:40001 on port 1883.
1795740211: New client connected from 10.0.0.7:40001 as dev (p2, c1, k60).
1795740212: New connection from 10.0.0.7:40002 on port 8883.
1795740212: New client connected from 10.0.0.7:40002 as dev (p2, c1, k60, u'client01').`);
    expect(log.sightings.map(({ clientId, port }) => [clientId, port])).toEqual([
      ['early', null],
      ['dev', 1883],
      ['dev', 8883],
    ]);
  });

  test('what a client calls itself is cleaned, bounded, and cannot speak for the broker', () => {
    const long = 'x'.repeat(2000);
    const log = read(`
1795740210: New client connected from 10.0.0.7:1 as red\u001b[31m\u202eevil (p2, c1, k60, u'\u0007bell').
1795740210: New client connected from 10.0.0.7:2 as New connection from 6.6.6.6:3 on port 1883. (p2, c1, k60).
1795740210: New client connected from 10.0.0.7:4 as as x (p2, c1, k60). (p2, c1, k60, u'a'). New').
1795740210: New client connected from 10.0.0.7:5 as ${long}
1795740210: New client connected from 10.0.0.7:6 as auto-7E7183F7 (p2, c1, k60).`);
    expect(log.sightings.map(({ clientId, user }) => [clientId, user])).toEqual([
      ['red·[31m·evil', '·bell'],
      ['New connection from 6.6.6.6:3 on port 1883.', null],
      ['as x (p2, c1, k60).', "a'). New"],
      [`${'x'.repeat(63)}…`, null],
      ['auto-7E7183F7', null],
    ]);
    expect(log.endpoints.has('6.6.6.6 3')).toBe(false);
  });

  test('ids are free to invent: the last thousand are kept', () => {
    const lines = Array.from(
      { length: 5000 },
      (_, n) => `1795740210: New client connected from 10.0.0.7:${n} as id${n} (p2, c1, k60).`,
    );
    const { sightings, endpoints } = readConnectionLog(lines, times);
    expect([sightings.length, endpoints.size]).toEqual([1000, 1000]);
    expect(sightings.at(-1)?.clientId).toBe('id4999');
  });

  test('ids that the broker makes up are known by the prefix it is given', () => {
    const text =
      '1: New client connected from 10.0.0.7:1 as box-7E7183F7-F831-9E80-90DC-68B2E6C60642 (p2, c1, k60).';
    expect(read(text, 'box-').sightings[0]?.clientId).toBeNull();
    expect(read(text).sightings[0]?.clientId).toBe('box-7E7183F7-F831-9E80-90DC-68B2E6C60642');
  });
});

describe('when a line was written', () => {
  const line = 'New connection from 10.0.0.7:1 on port 1883.';
  test.each([
    ['seconds since 1970', `1795740218: ${line}`, at(1795740218)],
    ['the form of the manual, in local time', `2026-11-27T01:43:38: ${line}`, at(1795740218)],
    ['the journal', `1795740218.640467 rock-4se mosquitto[81]: 1: ${line}`, at(1795740218)],
    ['no time', line, null],
    ['a form that is not known', `27/Nov/26 00:43: ${line}`, null],
  ])('%s', (_, text, when) => {
    const zone = { zoneMinutes: zoneMinutes('+0100'), aheadSeconds: 0 };
    expect(lineTime(text, zone)).toEqual({ at: when, text: line });
  });

  test('in our clock, where that of the host is wrong', () => {
    // A board without a clock begins in 1970.
    const behind = { zoneMinutes: 0, aheadSeconds: 1_795_740_000 };
    expect(lineTime(`218: ${line}`, behind).at).toEqual(at(1795740218));
  });
});

describe('where a log is, and whether it tells who connects', () => {
  const source = async (text: string, systemd = true) =>
    logSource(await configurationOf(text), { systemd, cwd: '/srv' });
  test.each([
    ['log_dest file /var/log/m.log\n', { file: '/var/log/m.log', journal: false, untold: null }],
    ['log_dest file log/m.log\n', { file: '/srv/log/m.log', journal: false, untold: null }],
    // The blank behind it is a part of the name, on each version.
    ['log_dest file /var/log/m.log \n', { file: '/var/log/m.log ', journal: false, untold: null }],
    ['log_dest file \t/var/log/m.log\n', { file: '/var/log/m.log', journal: false, untold: null }],
    ['', { file: null, journal: true, untold: null }],
    ['log_dest topic\nlog_dest syslog\n', { file: null, journal: true, untold: null }],
    ['log_type all\n', { untold: null }],
    ['log_type error\nlog_type notice\n', { untold: null }],
    ['log_dest none\n', { untold: 'it goes where it cannot be read' }],
    ['connection_messages false\n', { untold: expect.stringContaining('connection_messages') }],
    // The broker takes the first word.
    ['log_type all # everything\n', { untold: null }],
    [
      'connection_messages false # quiet\n',
      { untold: expect.stringContaining('connection_messages') },
    ],
    ['log_type error\nlog_type warning\n', { untold: expect.stringContaining('error, warning') }],
    ['auto_id_prefix box-\n', { autoPrefix: 'box-' }],
  ])('%j', async (text, expected) => {
    expect(await source(text)).toMatchObject(expected);
  });

  test('without systemd there is no journal', async () => {
    expect(await source('', false)).toMatchObject({ journal: false, untold: expect.any(String) });
  });
});
