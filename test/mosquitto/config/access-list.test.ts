import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import mqtt from 'mqtt';
import { describe, expect, test } from 'vitest';
import {
  allows,
  readAccessList,
  type Tryable,
  topicIn,
} from '../../../src/mosquitto/config/files/access-list.ts';
import {
  freePort,
  program,
  startMosquitto,
  temporaryFolder,
} from '../../support/brokers/scripted-broker.ts';

const list = (text: string) => {
  const read = readAccessList(text);
  if (read === null) throw new Error(`not an access list: ${text}`);
  return read;
};
const nobody = { user: null, clientId: 'c1' };
const anna = { user: 'anna', clientId: 'c1' };

test.each([
  ['topic read sensors/#\n', nobody, { only: 'read' }],
  ['topic read sensors/#\n', anna, { only: 'neither' }],
  ['pattern readwrite devices/%u/#\n', anna, { topic: 'devices/anna/lockstep' }],
  ['pattern readwrite devices/%u/#\n', nobody, { only: 'neither' }],
  ['pattern write in/%c/#\npattern read out/%c/#\n', nobody, { only: 'write' }],
  ['pattern readwrite %c/+/state\n', nobody, { topic: 'c1/lockstep/state' }],
  ['topic test/#\ntopic other/#\n', nobody, { topic: 'test/test' }],
  ['user anna\ntopic a/#\nuser bert\ntopic b/#\n', anna, { topic: 'a/lockstep' }],
  ['topic deny test/#\ntopic #\n', nobody, { topic: 'lockstep' }],
  // A topic that is written out is somebody's valve.
  ['topic readwrite garden/valve/set\n', nobody, { only: 'written out' }],
  ['# nothing\n', nobody, { only: 'neither' }],
  // A name with a wildcard in it gets no pattern.
  ['pattern readwrite d/%u/#\n', { user: 'a#', clientId: 'c1' }, { only: 'neither' }],
  ['pattern readwrite d/%u/#\n', { user: '$&', clientId: 'c1' }, { topic: 'd/$&/lockstep' }],
])('%j: a topic for %j', (text, who, found) => {
  expect(topicIn(list(text), who, 'test/test')).toEqual(found);
});

// The list is for topics with the mount point, the client names them without (2.0.21: refused otherwise).
test.each<[string, Tryable]>([
  ['topic test/#\n', { only: 'neither' }],
  ['topic #\n', { topic: 'test/test' }],
  ['topic +/garden/#\n', { topic: 'garden/lockstep' }],
  ['topic test/#\ntopic site-a/sensors/#\n', { topic: 'sensors/lockstep' }],
  ['topic site-a/valve/set\n', { only: 'written out' }],
])('%j: a topic below a mount point', (text, found) => {
  expect(topicIn(list(text), nobody, 'test/test', 'site-a/')).toEqual(found);
});

test('what the broker would not take is not read as anything', () => {
  for (const text of ['topic\n', 'topics a/b\n', 'topic may a/b\n', 'user\n', 'topic\ta/b\n'])
    expect(readAccessList(text), text).toBeNull();
});

const filter = fc
  .array(fc.constantFrom('a', 'b', '+', '%u', '%c'), { minLength: 1, maxLength: 3 })
  .chain((levels) => fc.constantFrom(levels.join('/'), [...levels, '#'].join('/')));
const access = fc.constantFrom('', 'read ', 'write ', 'readwrite ', 'deny ');
const line = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(access, filter).map(([may, to]) => `topic ${may}${to.replace(/%./g, 'b')}`),
  },
  { weight: 2, arbitrary: fc.tuple(access, filter).map(([may, to]) => `pattern ${may}${to}`) },
  { weight: 1, arbitrary: fc.constantFrom('user a', 'user b') },
);

const mosquitto = program('mosquitto');

describe.skipIf(!mosquitto)('the real broker', () => {
  // One broker a list: what it lets through is compared for each client and topic.
  test('lets through what is told, and nothing else', { timeout: 120_000 }, async () => {
    const topics = ['a', 'b', 'a/b', 'b/a', 'a/b/a', 'c1/a'];
    const sample = fc.sample(fc.array(line, { minLength: 2, maxLength: 9 }), {
      seed: 11,
      numRuns: 50,
    });
    for (const lines of sample) {
      const folder = temporaryFolder();
      const port = await freePort();
      const text = `${lines.join('\n')}\n`;
      writeFileSync(join(folder, 'acl'), text, { mode: 0o600 });
      const broker = await startMosquitto(mosquitto as string, folder, [
        `listener ${port} 127.0.0.1`,
        ...['allow_anonymous true', `acl_file ${join(folder, 'acl')}`],
      ]);
      try {
        for (const user of [null, 'a']) {
          const who = { user, clientId: 'c1' };
          const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
            ...{ protocolVersion: 5, clientId: 'c1', reconnectPeriod: 0 },
            ...(user === null ? {} : { username: user, password: '' }),
          });
          const got = new Set<string>();
          client.on('message', (topic) => got.add(topic));
          await client.subscribeAsync('#', { qos: 1 });
          for (const topic of topics) {
            const written = await client.publishAsync(topic, 'x', { qos: 1 }).then(
              () => true,
              () => false,
            );
            expect(written, `${text}${user} writes ${topic}`).toBe(
              allows(list(text), who, topic, 'write'),
            );
          }
          // What comes comes before the answer to this.
          await client.subscribeAsync('none', { qos: 0 });
          const read = topics.filter(
            (topic) =>
              allows(list(text), who, topic, 'write') && allows(list(text), who, topic, 'read'),
          );
          expect([...got].sort(), `${text}${user} reads`).toEqual(read.sort());
          await client.endAsync();
        }
      } finally {
        await broker.stop();
        rmSync(folder, { recursive: true });
      }
    }
  });
});
