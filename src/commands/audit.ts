import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { Trouble } from '../errors/trouble.ts';
import type { Finding } from '../mosquitto/audit/advice/finding.ts';
import { audit, plainFinding } from '../mosquitto/audit/audit.ts';
import { takenForGranted } from '../mosquitto/audit/rules/taken-for-granted.ts';
import { requireRead } from '../mosquitto/audit/rules/unread.ts';
import { mosquittoFolder } from '../mosquitto/config/files/files.ts';
import { folderAsMosquitto } from '../mosquitto/config/files/folder-files.ts';
import { readConfiguration } from '../mosquitto/config/reader/read.ts';
import { effective } from '../mosquitto/effective/effective.ts';
import type { Effective, Listener } from '../mosquitto/effective/listener.ts';
import { clean } from '../text/clean.ts';

/** The answer of `audit --json`. */
export interface AuditReport {
  /** Whether the broker starts with this configuration. */
  loads: boolean;
  /** The broker's first complaint, in its words. */
  firstError: string | null;
  listeners: AuditListener[];
  findings: Finding[];
}

export type AuditListener = Pick<
  Listener,
  | 'port'
  | 'addresses'
  | 'protocol'
  | 'tls'
  | 'requiresClientCertificate'
  | 'minimumTls'
  | 'anonymous'
>;

/**
 * Audits a folder that stands for /etc/mosquitto, for a broker of that version. Nothing else is
 * read: files that it names are taken to exist and be good, host names to resolve, include
 * folders elsewhere to be empty; all of it is said. Throws a Trouble for a version that is not supported, and for a
 * folder that cannot be read.
 */
export async function auditFolder(folder: string, version: string): Promise<AuditReport> {
  const files = folderAsMosquitto(folder);
  const configuration = await readable(folder, async () => {
    if (!(await stat(folder)).isDirectory())
      throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
    await access(folder, constants.R_OK | constants.X_OK);
    return readConfiguration(files, main, version);
  });
  requireRead(configuration, true);
  const means = effective(configuration, version);
  const findings = await readable(folder, () => audit(files, main, version));
  return auditReport(means, [...findings, ...takenForGranted(configuration, means)]);
}

const why: Record<string, string> = {
  ENOENT: 'There is nothing of that name.',
  ENOTDIR: 'It is no folder.',
  EACCES: 'It belongs to somebody else, who lets nobody else read it.',
};

const main = `${mosquittoFolder}/mosquitto.conf`;

/** What the file system refuses is told in our words; a Trouble goes through as it is. */
async function readable<T>(folder: string, reading: () => Promise<T>): Promise<T> {
  try {
    return await reading();
  } catch (error) {
    if (error instanceof Trouble) throw error;
    const { code, path = folder } = error as NodeJS.ErrnoException;
    throw new Trouble(`The folder ${clean(folder)} cannot be read.`, {
      likely: why[code ?? ''] ?? `The system says ${clean(code ?? String(error))}.`,
      next: 'Check its name and its permissions; it stands for /etc/mosquitto.',
      ...(path === folder ? {} : { detail: clean(path) }),
      exitCode: 2,
      cause: error,
    });
  }
}

/** The report of a configuration that was read already (on a host). */
export function auditReport(means: Effective, findings: Finding[]): AuditReport {
  const { loads, firstError } = means;
  const listeners = means.listeners.map((one) => ({
    port: one.port,
    addresses: one.addresses.map((address) => clean(address)),
    protocol: one.protocol,
    tls: one.tls,
    requiresClientCertificate: one.requiresClientCertificate,
    minimumTls: one.minimumTls,
    anonymous: one.api === 'everybody' ? ('accepted' as const) : one.anonymous,
  }));
  const told = findings.map(plainFinding);
  return { loads, firstError: firstError?.slice(0, 1000) ?? null, listeners, findings: told };
}

/** Whether a part of the configuration was not read or looked at, so that the report is not all there is. */
export const isPartial = ({ findings }: AuditReport): boolean =>
  findings.some(({ id }) => id === 'not-read' || id === 'not-looked-at');

/** The report for people, one entry a line. */
export function auditText(report: AuditReport): string[] {
  const { loads, firstError, listeners, findings } = report;
  const counted = (['critical', 'warning', 'note'] as const).map((severity) => {
    const number = findings.filter((one) => one.severity === severity).length;
    return `${number} ${severity}${number === 1 || severity === 'critical' ? '' : 's'}`;
  });
  return [
    loads ? started(report) : `${refused(report)}: ${clean(firstError ?? '')}`,
    ...listeners.map(listenerText),
    '',
    ...findings.flatMap(({ severity, file, line, message, fix }) => [
      `${severity.padEnd(8)} ${file}:${line}`,
      `         ${message}`,
      `         Fix: ${fix}`,
    ]),
    ...(findings.length > 0 ? [''] : []),
    `Findings: ${counted.join(', ')}.`,
  ];
}

function started(report: AuditReport): string {
  const { findings } = report;
  const has = (one: string) => findings.some(({ id }) => id === one);
  if (has('next-restart-fails'))
    return 'The configuration is read without complaint, but the broker does not start with it.';
  if (isPartial(report))
    return 'A part of the configuration was not read. With what was read the broker starts:';
  if (has('next-restart-untried'))
    return 'The configuration is read without complaint; whether the broker starts with it was not tried.';
  return has('taken-for-granted')
    ? 'The broker starts with this configuration, if what it names is there and good.'
    : 'The broker starts with this configuration.';
}

/** What was not read may have the broker start after all. */
const refused = ({ findings }: AuditReport): string =>
  findings.some(({ id }) => id === 'not-read')
    ? 'A part of the configuration was not read. With what was read the broker does not start'
    : 'The broker does not start';

function listenerText(listener: AuditListener): string {
  const { port, addresses, protocol, tls, minimumTls, requiresClientCertificate } = listener;
  const encryption = tls
    ? `TLS ${minimumTls ?? '(broken)'}${minimumTls ? ' or later' : ''}`
    : 'plain';
  const anonymous =
    listener.anonymous === 'refused'
      ? // One with a name that nobody looks up may come in all the same.
        'refused without a name'
      : requiresClientCertificate
        ? 'a certificate is enough'
        : 'anonymous accepted';
  const where = protocol === 'unix' ? addresses.join(', ') : `${port} on ${addresses.join(', ')}`;
  if (protocol === 'unknown')
    return `  ${where} (HTTP API): ${encryption}, ${listener.anonymous === 'accepted' ? 'answers everybody' : 'asks for a name'}`;
  const parts = [
    encryption,
    ...(requiresClientCertificate ? ['client certificate'] : []),
    anonymous,
  ];
  return `  ${where} (${protocol}): ${parts.join(', ')}`;
}
