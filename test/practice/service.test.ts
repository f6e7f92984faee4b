import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Trouble } from '../../src/errors/trouble.ts';
import type { Broker } from '../../src/mosquitto/service/broker.ts';
import { probe } from '../../src/mqtt/probe.ts';
import type { Target, TargetTls } from '../../src/mqtt/target.ts';
import { practiceBroker } from '../../src/practice/broker.ts';
import { type PracticeFolder, preparePractice, resetPractice } from '../../src/practice/folder.ts';
import type { PracticeService } from '../../src/practice/service.ts';
import {
  Certificates,
  forClients,
  forServers,
  type Pair,
} from '../support/brokers/certificates.ts';
import { freePort, program, temporaryFolder } from '../support/brokers/scripted-broker.ts';

const searchPath = process.env.PATH ?? '';
const mosquitto = program('mosquitto');
const openssl = program('openssl');

// As mosquitto_passwd 2.0.11 wrote them, both for the password "open sesame".
const passwords = `seven:$7$101$oFiwNoCAcdA1hNaK$9NHxslUKKv4WQHmPjQwMVb18VTf7lXWE4WTYVBRyAz8wfW+3BwWzcWi6dkGqxXby8vrnwyTxZ22KB1ZM/oV3dw==
six:$6$F3JOx5smyL3k/7kg$P8sSVOaYkFjr3QoinCKb4ykRmfwcQ2tTXjj3G5FgTlJYZjSgzcnQ+k+0rMkMJ1FulYt6uibOhZMylnOBD03N/g==
`;

describe.each(['mosquitto', 'aedes'] as const)('the practice broker, %s', (kind) => {
  describe.skipIf(!openssl || (kind === 'mosquitto' && !mosquitto))('is there', () => {
    const certificates = temporaryFolder();
    const pairs: Record<string, Pair> = {};
    let root: string;
    let folder: PracticeFolder;
    let service: PracticeService;
    let broker: Broker & { service: PracticeService };

    beforeAll(() => {
      const make = new Certificates(certificates);
      const ca = make.authority('ca');
      const stranger = make.authority('stranger');
      const names = 'subjectAltName = DNS:localhost, IP:127.0.0.1';
      Object.assign(pairs, {
        ca,
        broker: make.issue(ca, 'broker', { extensions: [...forServers, names] }),
        client: make.issue(ca, 'client', { extensions: forClients }),
        nameless: make.issue(ca, 'nameless', { subject: '/O=x', extensions: forClients }),
        foreign: make.issue(stranger, 'foreign', { extensions: forClients }),
      });
    });
    afterAll(() => rmSync(certificates, { recursive: true }));
    beforeEach(async () => {
      root = join(temporaryFolder(), 'a folder');
      const ports = { plainPort: await freePort(), tlsPort: await freePort() };
      folder = await preparePractice(root, { ports });
      broker = await practiceBroker({ folder, searchPath, kind });
      service = broker.service;
    });
    afterEach(async () => {
      await service.stop();
      rmSync(join(root, '..'), { recursive: true });
    });

    const plain = (over: Partial<Target> = {}): Target => ({
      host: '127.0.0.1',
      port: folder.plainPort,
      protocolVersion: 4,
      ...over,
    });
    const secure = (client: string | null, over: Partial<TargetTls> = {}): Target => ({
      ...plain({ port: folder.tlsPort }),
      tls: {
        ca: pairs.ca?.cert,
        ...(client ? { cert: pairs[client]?.cert, key: pairs[client]?.key } : {}),
        strict: true,
        ...over,
      },
    });
    function harden(): void {
      copyFileSync(pairs.ca?.certFile as string, join(folder.authorities, 'root_ca.crt'));
      copyFileSync(pairs.broker?.certFile as string, join(folder.certificates, 'broker.crt'));
      copyFileSync(pairs.broker?.keyFile as string, join(folder.certificates, 'broker.key'));
      configure(
        'allow_anonymous false',
        `listener ${folder.plainPort} 127.0.0.1`,
        `listener ${folder.tlsPort} 127.0.0.1`,
        `certfile ${join(folder.certificates, 'broker.crt')}`,
        `keyfile ${join(folder.certificates, 'broker.key')}`,
        `cafile ${join(folder.authorities, 'root_ca.crt')}`,
        'tls_version tlsv1.3',
        'require_certificate true',
        'use_identity_as_username true',
      );
    }
    function configure(...lines: string[]): void {
      writeFileSync(folder.access, [...lines, ''].join('\n'));
    }
    async function trouble(): Promise<Trouble> {
      const error = await service.start().catch((thrown) => thrown);
      expect(error).toBeInstanceOf(Trouble);
      expect(await service.state()).toMatchObject({ running: false });
      return error;
    }

    test('starts open, says so, stops, and stops again', async () => {
      expect(await service.state()).toMatchObject({ running: false });
      await service.start();
      await service.start();
      expect(await service.state()).toMatchObject({ running: true });
      expect(await probe(plain())).toMatchObject({ observed: 'accepted' });
      expect((await service.log(20)).join('\n')).toMatch(/running/);
      await service.stop();
      await service.stop();
      expect(await probe(plain())).toMatchObject({ cause: 'connection-refused' });
      expect(await service.state()).toMatchObject({ running: false });
    });

    test('is hardened by its configuration and a restart', async () => {
      await service.start();
      harden();
      await service.restart();
      const seen: Record<string, unknown> = {};
      const look = async (name: string, target: Target) => {
        const { observed, cause } = await probe(target);
        seen[name] = cause ? `${observed}: ${cause}` : observed;
      };
      await look('client', secure('client'));
      await look('client by name', { ...secure('client'), host: 'localhost' });
      await look('no certificate', secure(null));
      await look('stranger', secure('foreign'));
      await look('nameless', secure('nameless'));
      await look('TLS 1.2', secure('client', { maxVersion: '1.2' }));
      await look('plain on TLS', plain({ port: folder.tlsPort }));
      await look('anonymous', plain());
      await look('password', plain({ username: 'a', password: 'b' }));
      expect(seen).toEqual({
        client: 'accepted',
        'client by name': 'accepted',
        'no certificate': 'refused: certificate-required',
        stranger: kind === 'mosquitto' ? 'refused: unknown-ca' : 'refused: closed-without-a-word',
        nameless: 'refused: bad-user-name',
        'TLS 1.2': 'refused: protocol-version',
        'plain on TLS': 'refused: plain-on-tls-port',
        anonymous: 'refused: not-authorised',
        password: 'refused: not-authorised',
      });
    });

    test('what MQTT 5 gets', async () => {
      await service.start();
      const seen = await probe(plain({ protocolVersion: 5 }));
      if (kind === 'mosquitto') expect(seen).toMatchObject({ observed: 'accepted' });
      else expect(seen).toMatchObject({ observed: 'refused', cause: 'mqtt-version' });
    });

    test('knows a password file', async () => {
      const file = join(folder.configuration, 'passwords');
      writeFileSync(file, passwords);
      configure(
        'allow_anonymous false',
        `password_file ${file}`,
        `listener ${folder.plainPort} 127.0.0.1`,
      );
      await service.start();
      const as = (username: string, password: string) => probe(plain({ username, password }));
      expect(await as('six', 'open sesame')).toMatchObject({ observed: 'accepted' });
      expect(await as('seven', 'open sesame')).toMatchObject({ observed: 'accepted' });
      expect(await as('seven', 'open')).toMatchObject({ cause: 'not-authorised' });
      expect(await as('nobody', 'open sesame')).toMatchObject({ cause: 'not-authorised' });
      expect(await probe(plain())).toMatchObject({ cause: 'not-authorised' });
    });

    test('does not start with a word it does not know, and says which', async () => {
      configure(`listener ${folder.plainPort} 127.0.0.1`, 'nonsense true');
      expect((await trouble()).detail).toContain('Unknown configuration variable "nonsense"');
    });

    test('does not start without its certificate, nor with another key', async () => {
      harden();
      rmSync(join(folder.certificates, 'broker.crt'));
      expect((await trouble()).detail).toContain('Unable to load server certificate');
      harden();
      copyFileSync(pairs.client?.keyFile as string, join(folder.certificates, 'broker.key'));
      expect((await trouble()).detail).toMatch(/Error.*server (key|certificate)/);
      harden();
      await service.start();
      expect(await probe(secure('client'))).toMatchObject({ observed: 'accepted' });
    });

    test('does not start on a port that is taken', async () => {
      const server = net.createServer().listen(folder.plainPort, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const thrown = await trouble();
      expect(thrown.detail).toContain('Address already in use');
      expect(thrown.likely).toContain('Another program');
      const moved = await resetPractice(root);
      expect(moved.plainPort).not.toBe(folder.plainPort);
      await new Promise((resolve) => server.close(resolve));
    });

    test('outlives clients that send rubbish', async () => {
      harden();
      await service.start();
      const rubbish = (port: number, bytes: Buffer) =>
        new Promise<void>((resolve) => {
          const socket = net.connect(port, '127.0.0.1', () => socket.end(bytes));
          socket.on('error', () => {}).on('close', () => resolve());
          socket.resume();
        });
      // A good CONNECT with rubbish behind it, and rubbish alone.
      const hello = Buffer.from('101000044d5154540402003c00046c6f636b', 'hex');
      for (let round = 0; round < 30; round++) {
        const bytes = randomBytes(1 + round * 40);
        await rubbish(folder.plainPort, bytes);
        await rubbish(folder.tlsPort, bytes);
        await rubbish(folder.plainPort, Buffer.concat([hello, bytes]));
      }
      expect(await service.state()).toMatchObject({ running: true });
      expect(await probe(secure('client'))).toMatchObject({ observed: 'accepted' });
      for (const line of await service.log(200)) expect(line).not.toMatch(/\p{Cc}/u);
    });

    test('is found as it was left, with the same ports, and reset on request', async () => {
      harden();
      const again = await preparePractice(root);
      expect(again).toEqual(folder);
      expect(readFileSync(folder.access, 'utf8')).toContain('tlsv1.3');
      expect(await resetPractice(root)).toEqual(folder);
      expect(readFileSync(folder.access, 'utf8')).toBe(
        `per_listener_settings true\nlistener ${folder.plainPort} 127.0.0.1\nallow_anonymous true\n`,
      );
      expect(existsSync(join(folder.certificates, 'broker.key'))).toBe(false);
      await service.start();
      expect(await probe(plain())).toMatchObject({ observed: 'accepted' });
    });

    test('says what it is', () => {
      expect(broker).toMatchObject({
        address: '127.0.0.1',
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
        product: expect.stringContaining('Mosquitto'),
        layout: { main: folder.main, access: folder.access, keyOwner: null },
        caveats: service.describe(),
      });
      const words = service.describe().join(' ');
      expect(words).toContain(kind === 'mosquitto' ? 'real mosquitto' : 'not MQTT 5');
      expect(words).toContain(String(folder.tlsPort));
    });
  });
});
