import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isDrawn } from '../../support/drawn.ts';
import { bootHost, type TestHost } from '../../support/hosts/host.ts';
import { program } from '../../support/hosts/program.ts';
import { type Suite, suites } from '../../support/hosts/suites.ts';
import * as observe from '../../support/observe/observer.ts';
import { runEvents, statusReport } from '../../support/program/contract.ts';
import { type Home, newHome, reaching } from '../../support/program/lockstep.ts';
import { limit, onHosts } from '../../support/program/on-hosts.ts';
import { dynamicSecurity } from '../corpus/named-files.ts';

// Brokers with more than one plain port: whatever is chosen, nobody gets in who did not before, and
// whoever does not any more is in the plan. Seen by mosquitto's own clients from another machine.

const local = '/etc/mosquitto/conf.d/local.conf';
const passwords = 'password_file /etc/mosquitto/passwd';

onHosts.each([...suites])('a broker on %s', limit, (suite: Suite) => {
  let host: TestHost;
  beforeAll(async () => {
    host = await bootHost({ suite, config: 'default' });
    await host.succeed(['sh', '-euc', makePasswords]);
    await host.succeed(['sh', '-euc', makeAuthority]);
  }, limit.timeout);
  afterAll(async () => host?.close());

  /** Sets a configuration up, lets somebody come, runs with these answers, and puts everything back. */
  async function withBroker(
    text: string,
    answers: string,
    act: (run: Run, home: Home) => Promise<void>,
    come?: () => Promise<{ code: number | null }>,
  ): Promise<void> {
    await host.writeFile(local, `${text.replaceAll('HOST', host.address)}\n`);
    await host.succeed(['sh', '-euc', restart]);
    if (come) expect(await come(), 'who comes').toMatchObject({ code: 0 });
    await using home = await newHome();
    const how = [...(await reaching(host, home)), '--answers', join(home.folder, 'answers.yaml')];
    await writeFile(join(home.folder, 'answers.yaml'), `minimumTls: "1.2"\n${answers}\n`);
    try {
      const dry = await home.run('run', ...how, '--dry-run', '--json');
      const { code, stdout, stderr } = await home.run('run', ...how, '--json');
      await act(
        { planned: dry.code === 0 ? runEvents(dry.stdout) : [], code, stdout, stderr, how, dry },
        home,
      );
    } finally {
      expect(await home.run('undo', ...how)).toMatchObject({ code: 0 });
      await host.succeed(['rm', '-f', local]);
    }
  }

  const drawn = (name: string, act: () => Promise<void>) =>
    test.skipIf(!isDrawn(`${name} ${suite}`))(name, act);
  // Each on one version, in turn; all on all with LOCKSTEP_TEST_FULL=1.
  let turn = 0;
  const one = (name: string, act: () => Promise<void>) => {
    if (process.env.LOCKSTEP_TEST_FULL === '1' || turn++ % suites.length === suites.indexOf(suite))
      drawn(name, act);
  };
  const anonymous = (port: number) => observe.anonymous(host, port);
  const login = async (port: number) =>
    (await observe.publish([...at(port), '-u', 'login', '-P', 'secret'])).code;
  const refusedByWebsockets = async () => {
    expect(host.listens(9001)).toBe(true);
    const nobody = websocketClient(`ws://${host.address}:9001`, 'nobody');
    await expect(nobody).rejects.toThrow(/[Nn]ot authorized/);
  };
  const at = (port: number) => ['-h', host.address, '-p', String(port)];

  for (const choice of ['loopback', 'open'])
    drawn(`an access of names only stays that, also where ${choice} is chosen`, async () => {
      const text = `allow_anonymous false\n${passwords}\nlistener 1883\nlistener 1884\nlistener 9001\nprotocol websockets`;
      await withBroker(text, `plainListener: ${choice}`, async ({ code, stderr }) => {
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        expect([await anonymous(1884), await login(1884)]).toEqual([observe.notAuthorised, 0]);
        await refusedByWebsockets();
        expect(await login(1883)).toBe(choice === 'open' ? 0 : 1);
      });
    });

  const others = {
    websockets: 'listener 9001\nprotocol websockets\nallow_anonymous false',
    passwords: `listener 1884\n${passwords}`,
  };
  for (const [name, other] of Object.entries(others))
    drawn(`what lets in everybody beside one that does not: ${name}`, async () => {
      const text = `per_listener_settings true\nlistener 1883 127.0.0.1\nallow_anonymous true\n${other}`;
      await withBroker(text, 'plainListener: loopback', async ({ code, stderr, stdout }) => {
        expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
        expect(await observe.anonymousThere(host)).toBe(0);
        expect(await anonymous(1883)).toBe(1);
        if (name === 'passwords')
          expect([await anonymous(1884), await login(1884)]).toEqual([observe.notAuthorised, 0]);
        else await refusedByWebsockets();
      });
    });

  drawn('what stays open by choice is named in the same breath as secured', async () => {
    const text = `allow_anonymous true\nlistener 1883\nlistener 1886\n${suite === 'forky' ? 'listener_allow_anonymous false' : ''}`;
    await withBroker(text, 'plainListener: open', async ({ code, stdout, how }, home) => {
      expect(code).toBe(0);
      const end = runEvents(stdout).at(-1);
      const kept = suite === 'forky' ? [1883] : [1883, 1886];
      expect(end).toMatchObject({
        ...{ event: 'end', result: 'secured' },
        open: expect.arrayContaining(
          kept.map((port) => ({ port, address: '0.0.0.0', who: 'anonymous' })),
        ),
      });
      expect(await anonymous(1886)).toBe(suite === 'forky' ? observe.notAuthorised : 0);
      // The last line for people says it, too, in the same sentence.
      const again = (await home.run('run', ...how)).stdout.trim().split('\n').at(-1);
      expect(again).toMatch(/^Nothing was changed; still open by choice: port 1883 \(everybody\)/);
    });
  });

  one('a listener keeps its address, and another stays as it is', async () => {
    const text = `per_listener_settings true\nlistener 1883 localhost\nallow_anonymous true\nlistener 1884 HOST\n${passwords}`;
    await withBroker(text, '', async ({ code, stdout, planned }) => {
      expect(code, stdout).toBe(0);
      // Nothing listened there from the network, and nothing does.
      expect([await anonymous(1883), await login(1883)]).toEqual([1, 1]);
      expect([await anonymous(1884), await login(1884)]).toEqual([observe.notAuthorised, 0]);
      const lost = planned.flatMap((one) =>
        one.event === 'access' && one.before === 'accepted' && one.after !== 'accepted'
          ? [one]
          : [],
      );
      // Where everybody was let in, whoever came with a name loses it like whoever came without one.
      const whom = lost.map(({ listener, who, from }) => `${listener.address} ${who} ${from}`);
      const both = ['127.0.0.1', '::1'].flatMap((at) => [
        `${at} anonymous here`,
        `${at} password here`,
      ]);
      expect(whom.toSorted()).toEqual(both.toSorted());
      expect(new Set(lost.map(({ listener, after }) => `${listener.port} ${after}`))).toEqual(
        new Set(['1883 refused']),
      );
    });
  });

  one('the plain port is the one that is there', async () => {
    await withBroker(
      'listener 2883\nallow_anonymous true',
      '',
      async ({ code, planned, stdout }) => {
        expect(code, stdout).toBe(0);
        expect(await anonymous(2883)).toBe(observe.notAuthorised);
        expect(await anonymous(1883)).toBe(1);
        // It is what step 2 has tried: there was something to see.
        const [seen] = runEvents(stdout).filter(
          (one) => one.event === 'evidence' && one.step === 'anonymous',
        );
        expect(seen).toMatchObject({ observed: 'accepted', expect: 'accepted', pass: true });
        const lines = planned.flatMap((one) => (one.event === 'note' ? [one.text] : []));
        expect(lines).toContain('2883 · anonymous: refused from now on, 1 seen: roof');
        expect(lines.find((line) => line.startsWith('roof from '))).toMatch(/: will be refused\.$/);
      },
      () => observe.publish([...at(2883), '-i', 'roof']),
    );
  });

  drawn('who came by websockets is named where they came, and all who lose are named', async () => {
    const text = 'allow_anonymous true\nlistener 1883\nlistener 9001\nprotocol websockets';
    await withBroker(
      text,
      'ports: {plain: 1883}',
      async ({ code, planned, stdout }) => {
        expect(code, stdout).toBe(0);
        const lines = planned.flatMap((one) => (one.event === 'note' ? [one.text] : []));
        expect(lines).toContain(
          '9001 (websockets) · anonymous: refused from now on, 1 seen: ws-pump',
        );
        const plain = lines.find((line) =>
          line.startsWith('1883 · anonymous: refused from now on, '),
        );
        // Its log may remember an earlier test.
        expect(Number(/(\d+) seen/.exec(plain ?? '')?.[1])).toBeGreaterThanOrEqual(fleet.length);
        expect(plain).not.toContain('ws-pump');
        for (const id of [...fleet, 'ws-pump'])
          expect(
            lines.filter(
              (line) => line.startsWith(`${id} from `) && line.endsWith('will be refused.'),
            ),
            id,
          ).toHaveLength(1);
      },
      async () => {
        await websocketClient(`ws://${host.address}:9001`, 'ws-pump');
        await Promise.all(fleet.map((id) => observe.publish([...at(1883), '-i', id])));
        return { code: 0 };
      },
    );
  });

  if (suite === 'forky')
    drawn('the HTTP API is asked, too, and named where it answers', async () => {
      const api = 'listener 1883\nlistener 8080\nprotocol http_api';
      const ofApi = (stdout: string) =>
        runEvents(stdout).filter(
          (one) => one.event === 'evidence' && one.id === 'listener:8080:anonymous',
        );
      await withBroker(
        `allow_anonymous true\n${api}`,
        'plainListener: open',
        async ({ code, stdout, planned, how }, home) => {
          expect(code, stdout).toBe(0);
          expect(ofApi(stdout)).toMatchObject([
            { expect: 'accepted', observed: 'accepted', pass: true },
          ]);
          expect(runEvents(stdout).at(-1)).toMatchObject({
            open: expect.arrayContaining([{ port: 8080, address: '::(dual)', who: 'anonymous' }]),
          });
          const notes = planned.flatMap((one) => (one.event === 'note' ? [one.text] : []));
          expect(notes.filter((text) => text.startsWith('8080'))).toEqual([]);
          const audit = await home.run('audit', ...how);
          expect(audit.stdout).toContain('8080 on ::(dual) (HTTP API): plain, answers everybody');
          const asked = await fetch(`http://${host.address}:8080/api/v1/version`);
          expect([asked.status, await asked.text()]).toEqual([200, '2.1.2']);
        },
      );
      await withBroker(`allow_anonymous true\n${api}`, '', async ({ code, stdout }) => {
        expect(code, stdout).toBe(0);
        expect(ofApi(stdout)).toMatchObject([
          { expect: 'refused', observed: 'refused', pass: true },
        ]);
        const asked = await fetch(`http://${host.address}:8080/api/v1/version`);
        expect(asked.status).toBe(401);
        await asked.body?.cancel();
      });
    });

  one('several plain ports, none of them the usual one: asked', async () => {
    const text = 'allow_anonymous true\nlistener 2883\nlistener 2884';
    await withBroker(text, '', async ({ code, stderr }) => {
      expect(code).toBe(1);
      expect(stderr).toContain('several ports without TLS');
      expect(await anonymous(2883)).toBe(0);
    });
    await withBroker(text, 'ports: {plain: 2884}\nplainListener: remove', async ({ code }) => {
      expect(code).toBe(0);
      expect([await anonymous(2883), await anonymous(2884)]).toEqual([observe.notAuthorised, 1]);
    });
  });

  drawn('the same file for two listeners is one; two files stay apart', async () => {
    const list = 'acl_file /etc/mosquitto/acl';
    const both = (one: string, other: string) =>
      `per_listener_settings true\nlistener 1883\npassword_file ${one}\n${list}\nlistener 1884\npassword_file ${other}\n${list}`;
    const [first, second] = ['/etc/mosquitto/passwd', '/etc/mosquitto/passwd2'];
    await withBroker(both(first, first), '', async ({ code, stdout }) => {
      expect(code, stdout).toBe(0);
      expect([await login(1884), await anonymous(1884)]).toEqual([0, observe.notAuthorised]);
    });
    await withBroker(
      both(first, second),
      'plainListener: open',
      async ({ code, stdout, planned }) => {
        expect(code, stdout).toBe(0);
        expect([await login(1883), await login(1884)]).toEqual([0, observe.notAuthorised]);
        const lines = planned.flatMap((one) => (one.event === 'note' ? [one.text] : []));
        expect(lines.join('\n')).toContain(
          'The access list /etc/mosquitto/acl of port 1883 does not hold at port 8883: ',
        );
        expect(lines.join('\n')).toMatch(
          suite === 'forky'
            ? /per_listener_settings stays\. Without it: .*Port 188[34] would let in who has a password/
            : /per_listener_settings stays\. Without it: The broker would not start: Error: Duplicate password_file value/,
        );
      },
    );
  });

  const theirs = (more: string) =>
    `listener 8883\ncafile /root/own/ca.crt\ncertfile /root/own/s.crt\nkeyfile /etc/mosquitto/s.key\n${more}`;
  const mutual = 'require_certificate true\nuse_identity_as_username true';
  const comeByTheirs = () =>
    host.exec([
      'mosquitto_pub',
      ...'-h 127.0.0.1 -p 8883 --insecure -t t -m x -i pump-3'.split(' '),
      ...oldFiles,
    ]);
  const old = async () => (await comeByTheirs()).code;

  one(
    'a port that somebody else has set up is not taken over before it was said what becomes of it',
    async () => {
      // Somebody who has connected and says nothing, as a knock of ours that is not over: no client.
      const silent = new Socket().on('error', () => {});
      await withBroker(
        theirs(mutual),
        '',
        async ({ code, stderr }) => {
          expect(silent.readyState).toBe('open');
          silent.destroy();
          expect(code).toBe(1);
          expect(stderr).toContain(
            '8883 · certificates of Own CA: refused from now on, 1 seen: pump-3',
          );
          expect(stderr).toMatch(/pump-3 from 127\.0\.0\.1, user pump-3, /);
          expect(await old()).toBe(0);
          expect(await anonymous(1883)).toBe(1);
        },
        async () => {
          silent.connect(8883, host.address);
          await once(silent, 'connect');
          return comeByTheirs();
        },
      );
      await withBroker(theirs(mutual), 'ports: {tls: 8884}', async ({ code, stdout }) => {
        expect(code, stdout).toBe(0);
        expect(await old()).toBe(0);
      });
      await withBroker(theirs(mutual), 'otherTls: close', async ({ code, planned }) => {
        expect(code).toBe(0);
        expect(await old()).not.toBe(0);
        // Nothing listened there in plain, and nothing does.
        expect(await anonymous(1883)).toBe(1);
        expect(planned).toContainEqual({
          ...{ event: 'access', listener: { port: 8883, address: '0.0.0.0', protocol: 'mqtt' } },
          ...{ who: 'certificate', from: 'network', before: 'accepted', after: 'refused' },
        });
      });
    },
  );

  one(
    'their authority is kept beside ours: both get in, and the names of their certificate are in ours',
    async () => {
      const told = (planned: ReturnType<typeof runEvents>) =>
        planned.flatMap((one) => (one.event === 'note' ? [one.text] : [])).join('\n');
      const allNames = 'otherTls: keep\nnamesFromHost: true';
      await withBroker(theirs(mutual), allNames, async (it, home) => {
        const { code, stdout, planned } = it;
        expect(code, stdout).toBe(0);
        expect(told(planned)).toContain(
          'Port 8883 shows a certificate of Highly Trusted CA from now on: clients with one of Own CA go on only if they trust Highly Trusted CA, too (its root_ca.crt).',
        );
        expect(told(planned)).not.toContain('The new certificate is not for');
        // Whoever trusts our authority, too.
        const ours = join(home.site, 'clients/client01/root_ca.crt');
        await host.writeFile('/root/own/ours.crt', await read(ours));
        const trusting = oldFiles.with(1, '/root/own/ours.crt');
        const name = ['-h', 'mqtt.example', '-p', '8883', '-t', 't', '-m', 'x'];
        expect(await host.exec(['mosquitto_pub', ...name, ...trusting])).toMatchObject({ code: 0 });
        expect(await observe.roundTrip(observe.mutual(host, home))).toBe(true);
      });
      // Not all of their names are in ours: then those are told.
      await withBroker(
        theirs(mutual),
        `otherTls: keep\nnames: [${host.address}]`,
        async ({ code, stdout, planned }) => {
          expect(code, stdout).toBe(0);
          expect(told(planned)).toContain(
            'The new certificate is not for mqtt.example, as the present one is: clients that call the broker so refuse it.',
          );
        },
      );
      const bundle =
        'cd /root/own; cp ca.crt bundle.crt; openssl x509 -in ca.crt -trustout >>bundle.crt';
      await host.succeed(['sh', '-euc', bundle]);
      await withBroker(
        theirs(mutual).replace('/root/own/ca.crt', '/root/own/bundle.crt'),
        'otherTls: keep',
        async ({ code, stderr, dry }) => {
          expect([code, dry.code]).toEqual([1, 1]);
          for (const told of [stderr, dry.stderr]) expect(told).toContain('TRUSTED CERTIFICATE');
        },
      );
      await withBroker(
        theirs('allow_anonymous true'),
        'otherTls: keep',
        async ({ code, stderr, dry }) => {
          expect([code, dry.code]).toEqual([1, 1]);
          for (const told of [stderr, dry.stderr])
            expect(told).toContain('asks for no certificate');
        },
      );
    },
  );

  drawn('open leaves every port as it is, and closed later all is closed', async () => {
    const text = `per_listener_settings true\nlistener 1883\n${passwords}\nlistener 1884\nallow_anonymous true`;
    await withBroker(text, 'plainListener: open', async ({ code, stdout, planned, how }, home) => {
      expect(code, stdout).toBe(0);
      const lost = planned.flatMap((one) =>
        one.event === 'access' && one.before === 'accepted' ? [one] : [],
      );
      expect(lost).toEqual([]);
      expect([await login(1883), await anonymous(1883)]).toEqual([0, observe.notAuthorised]);
      expect(await anonymous(1884)).toBe(0);
      const status = await home.run('status', ...how, '--json');
      const { steps } = statusReport.parse(JSON.parse(status.stdout));
      expect(steps[1]?.detail).toBe(
        'Anonymous clients do not get in at port 1883. By its configuration everybody gets in at port 1884.',
      );

      await writeFile(join(home.folder, 'answers.yaml'), 'minimumTls: "1.2"\nquietDays: 0\n');
      const asked = await home.run('status', ...how, '--json');
      // Another answer is no change to the broker that somebody made.
      expect(statusReport.parse(JSON.parse(asked.stdout)).steps[5]).toMatchObject({
        status: 'todo',
        detail: 'What was answered last is not done yet.',
      });
      expect(await home.run('run', ...how)).toMatchObject({ code: 0 });
      expect([await login(1883), await anonymous(1883)]).not.toContain(0);
      expect(await anonymous(1884)).not.toBe(0);
    });
  });

  // mosquitto#2618 is of 2.0.12 to 2.0.22.
  if (suite === 'trixie')
    drawn(
      'what waits for clients that are away is lost where the plan says so, and nowhere else',
      async () => {
        const away = ['-h', host.address, '-i', 'away', '-c', '-q', '1', '-t', 'test/wait'];
        const waiting = 'loses messages that wait for clients that are away';
        for (const [first, left] of [
          ['per_listener_settings true\n', 0],
          ['', 3],
        ] as const)
          await withBroker(
            `${first}listener 1883\nallow_anonymous true`,
            'plainListener: open',
            async ({ code, stdout, planned }) => {
              expect(code, stdout).toBe(0);
              const notes = planned.flatMap((one) => (one.event === 'note' ? [one.text] : []));
              expect(notes.join('\n').includes(waiting)).toBe(left === 0);
              const came = await program(['mosquitto_sub', ...away, '-W', '2']);
              expect(came.stdout.split('\n').filter(Boolean)).toHaveLength(left);
            },
            async () => {
              await program(['mosquitto_sub', ...away, '-E']);
              for (const message of ['1', '2', '3'])
                await program([
                  'mosquitto_pub',
                  ...[...at(1883), '-q', '1', '-t', 'test/wait', '-m', message],
                ]);
              return { code: 0 };
            },
          );
      },
    );

  one('what takes passwords is known as such, by plugin too', async () => {
    const text = `plugin ${securityPlugin}\nplugin_opt_config_file /var/lib/mosquitto/dynsec.json\nlistener 1883`;
    await withBroker(text, '', async ({ code, stdout, planned }) => {
      expect(code, stdout).toBe(0);
      const lines = planned.flatMap((one) => (one.event === 'note' ? [one.text] : []));
      expect(lines).toContain(
        '1883 · names at the plugin mosquitto_dynamic_security.so: as before',
      );
      expect(await host.read('/etc/mosquitto/conf.d/access.conf').then(String)).not.toContain(
        'everybody is refused',
      );
    });
  });
});

interface Run {
  /** The rehearsal before it. */
  dry: { code: number | null; stderr: string };
  planned: ReturnType<typeof runEvents>;
  code: number | null;
  stdout: string;
  stderr: string;
  how: string[];
}

const read = async (path: string) => (await import('node:fs/promises')).readFile(path);

const securityPlugin = '/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so';

const fleet = Array.from({ length: 14 }, (_, index) => `valve-${index}`);

async function websocketClient(url: string, clientId: string): Promise<void> {
  const { connectAsync } = (await import('mqtt')).default;
  const client = await connectAsync(url, { clientId, reconnectPeriod: 0 });
  await client.endAsync();
}

const oldFiles = [
  '--cafile',
  '/root/own/ca.crt',
  '--cert',
  '/root/own/c.crt',
  '--key',
  '/root/own/c.key',
];

const restart = 'systemctl reset-failed mosquitto; systemctl restart mosquitto';

const makePasswords = `
cd /etc/mosquitto
mosquitto_passwd -b -c passwd login secret 2>/dev/null
mosquitto_passwd -b -c passwd2 other secret 2>/dev/null
cat >/var/lib/mosquitto/dynsec.json <<'END'
${dynamicSecurity(['client01'])}
END
echo 'pattern readwrite #' >acl
chown mosquitto: passwd passwd2 acl /var/lib/mosquitto/dynsec.json; chmod 600 passwd passwd2
echo 127.0.0.1 mqtt.example >>/etc/hosts
`;

const makeAuthority = `
mkdir -p /root/own; cd /root/own; chmod 755 /root /root/own
new="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
openssl req -x509 $new -keyout ca.key -out ca.crt -subj "/CN=Own CA" -days 30
openssl req $new -keyout /etc/mosquitto/s.key -out s.csr -subj /CN=mqtt.example
printf subjectAltName=DNS:mqtt.example >names
openssl x509 -req -in s.csr -CA ca.crt -CAkey ca.key -CAcreateserial -extfile names -out s.crt -days 30
openssl req $new -keyout c.key -out c.csr -subj /CN=pump-3
openssl x509 -req -in c.csr -CA ca.crt -CAkey ca.key -out c.crt -days 30
chown mosquitto: /etc/mosquitto/s.key
`;
