import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import {
  Certificates,
  forClients,
  forServers,
  type Pair,
} from '../../support/brokers/certificates.ts';
import type { TestHost } from '../../support/hosts/host.ts';
import { program, succeed, until } from '../../support/hosts/program.ts';
import * as observe from '../../support/observe/observer.ts';
import { auditReport } from '../../support/program/contract.ts';
import { newHome } from '../../support/program/lockstep.ts';
import { fault, resultOf, type Stage } from '../stage/stage.ts';

const name = 'rock-4se.lan';
const day = 86_400_000;
/** As `openssl ca` takes dates: YYYYMMDDHHMMSSZ. */
const date = (milliseconds: number) =>
  `${new Date(Date.now() + milliseconds).toISOString().replaceAll(/[-:T]|\.\d+/g, '')}`;
const names = `subjectAltName = DNS:${name},DNS:rock-4se,DNS:localhost,IP:127.0.0.1`;

interface Issuing {
  make: Certificates;
  authority: string;
  root: Pair;
}

/** A set-up up to its certificates, and openssl with its authority's key. */
async function issuing({ host, home, lockstep }: Stage): Promise<Issuing> {
  const given = [name, 'rock-4se', 'localhost', '127.0.0.1', host.address];
  const options = given.flatMap((one) => ['--name', one]);
  expect((await lockstep('run', '--through', 'certificates', ...options)).code).toBe(0);
  const authority = join(home.site, 'authority');
  const folder = join(home.folder, 'openssl');
  await mkdir(folder, { mode: 0o700, recursive: true });
  const [certFile, keyFile] = [join(folder, 'root.crt'), join(folder, 'root.key')];
  await copyFile(join(authority, 'root_ca.crt'), certFile);
  await copyFile(join(authority, 'root_ca.key'), keyFile);
  const root = { certFile, keyFile, cert: '', key: '' };
  return { make: new Certificates(folder), authority, root };
}

/** Puts a pair where the authority keeps the one it issued for this holder. */
async function place({ authority }: Issuing, holder: string, pair: Pair): Promise<void> {
  await writeFile(join(authority, `${holder}.crt`), pair.cert);
  await writeFile(join(authority, `${holder}.key`), pair.key);
}

/** Resumes: what is wrong is told or replaced, and never given to the broker. */
async function neverInstalled(stage: Stage, bad: Pair): Promise<string> {
  const run = await stage.lockstep('run', '--json');
  expect(resultOf(run), run.stderr).toMatch(/^(secured|failed)$/);
  const script = 'cat /etc/mosquitto/certs/current/*.crt 2>/dev/null || true';
  const installed = await stage.host.succeed(['sh', '-c', script]);
  expect(installed).not.toContain(bad.cert.trim());
  if (resultOf(run) === 'secured') {
    expect(await observe.gnutls(stage.host, stage.home, name)).toMatchObject({ code: 0 });
    return 'replaced, secured';
  }
  expect(run.stderr).toMatch(/Next: +\w/);
  await stage.home.run('undo', ...stage.how);
  return 'refused, old service';
}

/** A fresh authority for a stage whose one was spoiled. */
const begunAnew = ({ home }: Stage) =>
  succeed(['rm', '-rf', join(home.site, 'authority'), join(home.site, 'clients')]);

fault('17-expired', async (stage) => {
  const by = await issuing(stage);
  const past = { from: date(-10 * day), to: date(-day) };
  const bad = by.make.issue(by.root, name, { ...past, extensions: [...forServers, names] });
  await place(by, name, bad);
  await place(
    by,
    'client01',
    by.make.issue(by.root, 'client01', { ...past, extensions: forClients }),
  );
  return neverInstalled(stage, bad);
});

fault('17-nearly-expired', async (stage) => {
  const by = await issuing(stage);
  const soon = { from: date(-10 * day), to: date(day), extensions: [...forServers, names] };
  await place(by, name, by.make.issue(by.root, name, soon));
  const run = await stage.lockstep('run', '--json');
  expect(resultOf(run), run.stderr).toBe('secured');
  const status = await stage.lockstep('status', '--json');
  const { expires } = JSON.parse(status.stdout);
  expect(expires[0].what).toBe(name);
  return expires[0].days <= 1 ? 'secured, told' : 'replaced, secured';
});

fault('17-not-yet-valid', async (stage) => {
  const by = await issuing(stage);
  const later = { from: date(day), to: date(100 * day), extensions: [...forServers, names] };
  const bad = by.make.issue(by.root, name, later);
  await place(by, name, bad);
  return neverInstalled(stage, bad);
});

fault('17-authority-expired', async (stage) => {
  const by = await issuing(stage);
  const { folder } = by.make;
  const request = ['req', '-new', '-key', by.root.keyFile, '-subj', '/CN=Highly Trusted CA'];
  await succeed(['openssl', ...request, '-out', join(folder, 'old.csr')]);
  const index = join(folder, 'old.index');
  await writeFile(index, '');
  const config = `[ca]\ndefault_ca=one\n[one]\ndatabase=${index}\nrand_serial=yes\nnew_certs_dir=${folder}
default_md=sha256\npolicy=any\nx509_extensions=v3\n[any]\ncommonName=supplied\n[v3]
basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n`;
  await writeFile(join(folder, 'old.conf'), config);
  const dates = ['-startdate', date(-100 * day), '-enddate', date(-day)];
  const own = ['-selfsign', '-keyfile', by.root.keyFile, '-in', join(folder, 'old.csr')];
  const out = ['-out', join(by.authority, 'root_ca.crt')];
  const ca = ['openssl', 'ca', '-batch', '-notext', '-config', join(folder, 'old.conf')];
  await succeed([...ca, ...own, ...dates, ...out]);
  const run = await stage.lockstep('run', '--json');
  expect(resultOf(run), run.stdout).toBe('failed');
  expect(run.stderr).toMatch(/expired|ended|no longer valid/i);
  expect(await observe.tree(stage.host)).toBe(stage.before.tree);
  await begunAnew(stage);
  return 'refused, untouched';
});

/** Mutual TLS made by hand, with a revocation list that is out of date since 2020. */
async function byHand(host: TestHost): Promise<void> {
  await using scratch = await newHome();
  const make = new Certificates(scratch.folder);
  const root = make.authority('Own CA');
  const broker = make.issue(root, 'own', { extensions: [...forServers, names] });
  const list = make.revocationList(root, 'own', [], true);
  const own = { 'ca_certificates/own-ca.crt': root.certFile, 'certs/own.crt': broker.certFile };
  for (const [path, file] of Object.entries({ ...own, 'certs/own.crl': list }))
    await host.writeFile(`/etc/mosquitto/${path}`, await readFile(file));
  const key = '/etc/mosquitto/certs/own.key';
  await host.writeFile(key, broker.key, { mode: 0o600 });
  await host.succeed(['chown', 'mosquitto:', key]);
  const lines = ['listener 8883', 'require_certificate true', 'use_identity_as_username true'];
  for (const [name, path] of [
    ['cafile', 'ca_certificates/own-ca.crt'],
    ['certfile', 'certs/own.crt'],
    ['keyfile', 'certs/own.key'],
    ['crlfile', 'certs/own.crl'],
  ])
    lines.push(`${name} /etc/mosquitto/${path}`);
  await host.writeFile('/etc/mosquitto/conf.d/tls.conf', `${lines.join('\n')}\n`);
  await host.succeed(['systemctl', 'restart', 'mosquitto']);
  await until('the broker to be back', 30, () => host.listens(8883));
  // Also who has the right certificate.
  const mine = make.issue(root, 'mine', { extensions: forClients });
  const shown = ['--cafile', root.certFile, '--cert', mine.certFile, '--key', mine.keyFile];
  const to = ['-h', host.address, '-p', '8883', '--insecure', '-t', 'test', '-n'];
  expect((await program(['mosquitto_pub', ...to, ...shown])).code).not.toBe(0);
}

fault(
  '17-crl-expired',
  async ({ lockstep, answer }) => {
    const report = auditReport.parse(JSON.parse((await lockstep('audit', '--json')).stdout));
    const told = report.findings.find(({ id }) => id === 'expired');
    expect(told).toMatchObject({ severity: 'critical', line: 7 });
    expect(told?.message).toContain('/certs/own.crl is not valid any more since 2020-01-02');
    // Whom it would let in with a good list is asked about first.
    await answer('otherTls: close\n');
    const run = await lockstep('run', '--json');
    expect(resultOf(run), run.stderr).toBe('secured');
    return 'told, replaced, secured';
  },
  { prepare: byHand },
);

fault('18-wrong-broker-certificate', async (stage) => {
  const by = await issuing(stage);
  const foreign = by.make.authority('Foreign CA');
  const wrong: [string, Pair][] = [
    ['foreign', by.make.issue(foreign, name, { extensions: [...forServers, names] })],
    ['no SAN', by.make.issue(by.root, name, { extensions: forServers })],
    ['wrong usage', by.make.issue(by.root, name, { extensions: [...forClients, names] })],
    ['v1', await versionOne(by, name)],
  ];
  const outcomes = new Set<string>();
  for (const [what, bad] of wrong) {
    await place(by, name, bad);
    try {
      outcomes.add(await neverInstalled(stage, bad));
    } catch (error) {
      throw new Error(`${what}: ${error instanceof Error ? error.message : error}`);
    }
  }
  expect((await stage.lockstep('undo')).code).toBe(0);
  await begunAnew(stage);
  return [...outcomes].join('; ');
});

/** What `openssl x509 -req` makes without options: version 1, thirty days. */
async function versionOne({ make, root }: Issuing, name: string): Promise<Pair> {
  const file = (end: string) => join(make.folder, `v1.${end}`);
  const key = ['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`];
  await succeed(['openssl', ...key, '-keyout', file('key'), '-out', file('csr')]);
  const sign = ['x509', '-req', '-in', file('csr'), '-CA', root.certFile, '-CAkey', root.keyFile];
  await succeed(['openssl', ...sign, '-CAcreateserial', '-out', file('crt')]);
  const [certFile, keyFile] = [file('crt'), file('key')];
  return {
    certFile,
    keyFile,
    cert: await readFile(certFile, 'utf8'),
    key: await readFile(keyFile, 'utf8'),
  };
}

fault('18-wrong-client-certificate', async (stage) => {
  const { host, lockstep } = stage;
  const by = await issuing(stage);
  expect(resultOf(await lockstep('run', '--json'))).toBe('secured');
  const foreign = by.make.authority('Highly Trusted CA'); // the same name, another key
  const extensions = forClients;
  const past = { from: date(-10 * day), to: date(-day), extensions };
  const wrong: [string, Pair][] = [
    ['foreign, same names', by.make.issue(foreign, 'client01', { extensions })],
    ['no name', by.make.issue(by.root, 'nobody', { subject: '/O=Nobody', extensions })],
    ['wrong usage', by.make.issue(by.root, 'server', { extensions: forServers })],
    ['expired', by.make.issue(by.root, 'late', past)],
  ];
  for (const [what, { certFile, keyFile }] of wrong) {
    const shown = ['--cafile', by.root.certFile, '--cert', certFile, '--key', keyFile];
    const tried = await observe.publish(['-h', host.address, '-p', '8883', ...shown]);
    expect(tried.code, what).not.toBe(0);
  }
  return 'each refused';
});

fault('19-encrypted-broker-key', async (stage) => {
  const by = await issuing(stage);
  const key = join(by.authority, `${name}.key`);
  const encrypt = [
    'openssl',
    'pkey',
    '-in',
    key,
    '-aes256',
    '-passout',
    'pass:horse',
    '-out',
    `${key}.new`,
  ];
  await succeed([...encrypt]);
  await succeed(['mv', `${key}.new`, key]);
  const run = await stage.lockstep('run', '--json');
  expect(resultOf(run), run.stderr).toMatch(/^(secured|failed)$/);
  const script = 'cat /etc/mosquitto/certs/current/*.key 2>/dev/null || true';
  expect(await stage.host.succeed(['sh', '-c', script])).not.toContain('ENCRYPTED');
  if (resultOf(run) === 'secured') return 'replaced, secured';
  expect(run.stderr).toMatch(/Next: +\w/);
  await begunAnew(stage);
  return 'refused, old service';
});

fault('19-encrypted-authority-key', async (stage) => {
  const { home, before, host, lockstep } = stage;
  const passphrase = join(home.folder, 'passphrase');
  await writeFile(passphrase, 'horse\n', { mode: 0o600 });
  const given = ['--passphrase-file', passphrase, '--through', 'authority'];
  await stage.answer('authority: { passphrase: ask }\n');
  expect((await lockstep('run', ...given)).code).toBe(0);
  const refused = await lockstep('run', '--json');
  expect(resultOf(refused)).toBe('failed');
  expect(refused.stderr).toMatch(/passphrase[\s\S]*--passphrase-file/);
  expect(await observe.tree(host)).toBe(before.tree);
  const key = join(home.site, 'authority/root_ca.key');
  expect(
    (await program(['openssl', 'pkey', '-in', key, '-passin', 'pass:', '-noout'])).code,
  ).not.toBe(0);
  expect(resultOf(await lockstep('run', '--json', '--passphrase-file', passphrase))).toBe(
    'secured',
  );
  return 'told, then secured';
});
