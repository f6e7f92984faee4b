import type { Clock } from '../../src/host/clock/clock.ts';
import { offWords } from '../../src/host/clock/clock-words.ts';
import type { Finding } from '../../src/mosquitto/audit/advice/finding.ts';
import { readableName } from '../../src/pki/x509/san.ts';
import type { InspectReport } from '../../src/steps/inspect/inspect.ts';
import { hanging, type Line, pad, paragraph, say } from '../text/lines.ts';
import type { Tone } from '../text/theme.ts';
import { listenerLines } from '../views/listeners.ts';
import { sections } from './sections.ts';

/** The broker as it is: who gets in where, what is wrong, and what surrounds it. */
export function inspectLines(
  report: InspectReport,
  caveats: readonly string[],
  width: number,
): Line[] {
  const { findings, survey, service, main, files } = report;
  const facts: [string, string][] = [
    ['Service', serviceWords(service)],
    ['Configuration', `${main}${files.length > 1 ? ` and ${files.length - 1} included` : ''}`],
    ['Listens now', socketWords(survey.sockets)],
    ['Connected now', clientWords(survey.clients)],
    ['Clock', clockWords(survey.clock)],
    ['Free disk', survey.freeBytes === null ? '' : `${Math.round(survey.freeBytes / 1e6)} MB`],
    ['Known as', report.names.map(readableName).join(', ')],
    ...report.facts.map((file): [string, string] => [
      'Mode',
      `${file.path} ${file.owner}:${file.group} ${file.mode.toString(8).padStart(4, '0')}`,
    ]),
  ];
  return sections(
    listenerLines(report.listeners),
    elsewhere(report).flatMap((text) => paragraph(text, width, 'warning')),
    findings.flatMap((finding) => findingLines(finding, width)),
    report.clock.flatMap((remark) => remarkLines(remark, width)),
    facts
      .filter(([, value]) => value !== '')
      .flatMap(([label, value]) =>
        hanging([{ text: pad(label, 15), tone: 'quiet' }], value, width),
      ),
    caveats.flatMap((caveat) => paragraph(caveat, width, 'quiet')),
  );
}

const findingTone: Record<Finding['severity'], Tone> = {
  critical: 'bad',
  warning: 'warning',
  note: 'quiet',
};

function findingLines({ file, line, ...remark }: Finding, width: number): Line[] {
  const place = hanging(say(pad('', 9)), `${file}:${line}`, width, 'quiet');
  return remarkLines(remark, width, place);
}

function remarkLines(
  { severity, message, fix }: Pick<Finding, 'severity' | 'message' | 'fix'>,
  width: number,
  place: Line[] = [],
): Line[] {
  return [
    ...hanging([{ text: pad(severity, 9), tone: findingTone[severity] }], message, width),
    ...place,
    ...hanging(say(pad('', 9)), fix, width, 'quiet'),
  ];
}

const serviceWords = ({ state }: InspectReport['service']): string =>
  [
    state.running ? 'running' : 'stopped',
    state.enabled === null ? '' : state.enabled ? 'starts at boot' : 'does not start at boot',
  ]
    .filter((part) => part !== '')
    .join(', ');

/** As the kernel has them, which is not always what the configuration says. */
const socketWords = (sockets: InspectReport['survey']['sockets']): string =>
  sockets
    .map(({ address, port }) => `${address.includes(':') ? `[${address}]` : address}:${port}`)
    .join(', ');

/** The running broker and its configuration on two different listeners: somebody forgot a restart. */
function elsewhere({ listeners, survey, service }: InspectReport): string[] {
  const wanted = new Set(listeners.map((one) => one.port).filter((port) => port > 0));
  const there = new Set(survey.sockets.map((one) => one.port));
  if (!service.state.running || there.size === 0) return [];
  const missing = [...wanted].filter((port) => !there.has(port));
  const extra = [...there].filter((port) => !wanted.has(port));
  return missing.length + extra.length === 0
    ? []
    : [
        'The running broker listens on other ports than its configuration says: a file was changed after it started. The next restart will take the change.',
      ];
}

function clientWords(clients: InspectReport['survey']['clients']): string {
  const shown = clients.slice(0, 4).map(({ remote, port }) => `${remote} on ${port}`);
  const more = clients.length > 4 ? ` and ${clients.length - 4} more` : '';
  return clients.length === 0 ? 'nobody' : shown.join(', ') + more;
}

function clockWords(clock: Clock | null): string {
  if (clock === null) return '';
  const { keeper, synchronised, withinSeconds, machine } = clock;
  const within = withinSeconds < 2 ? '' : ` (within ${Math.ceil(withinSeconds)} s)`;
  const kept = [
    synchronised === false ? 'not kept right' : synchronised ? 'kept right' : '',
    keeper ? `by ${keeper}` : '',
  ];
  const words = machine === 'container' ? '' : kept.filter((part) => part !== '').join(' ');
  return `${offWords(clock)}${within}${words === '' ? '' : `, ${words}`}`;
}
