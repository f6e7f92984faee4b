import { Trouble } from '../../errors/trouble.ts';
import type { FileFacts } from '../../host/api/host.ts';
import { isOff, offWords } from '../../host/clock/clock-words.ts';
import type { Finding } from '../../mosquitto/audit/advice/finding.ts';
import { auditHost } from '../../mosquitto/audit/audit-host.ts';
import { type ClockRemark, clockRemarks } from '../../mosquitto/audit/clock-remarks.ts';
import type { Place } from '../../mosquitto/config/model/place.ts';
import { opensToAll, takesAnyName } from '../../mosquitto/effective/admits.ts';
import type { Listener } from '../../mosquitto/effective/listener.ts';
import { isLocalOnly } from '../../mosquitto/effective/sockets.ts';
import { lookAt } from '../../mosquitto/inspection/look.ts';
import { type Survey, survey } from '../../mosquitto/locate/survey.ts';
import type { ServiceState } from '../../mosquitto/service/service.ts';
import { unitTyped } from '../../mosquitto/service/unit.ts';
import { clean } from '../../text/clean.ts';
import type { Evidence } from '../contract/evidence.ts';
import type { Setup } from '../contract/setup.ts';
import type { Check, Step } from '../contract/step.ts';
import { lessons } from '../lessons.ts';
import { shownBy } from '../run/shown.ts';
import { inspectByHand } from './by-hand.ts';

/** What there is, before anything is changed. */
export interface InspectReport {
  version: string;
  service: { kind: string; state: ServiceState };
  main: string;
  /** Configuration files in the order the broker reads them. */
  files: string[];
  loads: boolean;
  firstError: string | null;
  firstErrorAt: Place | null;
  listeners: Listener[];
  /** What clients might call it by. */
  names: string[];
  findings: Finding[];
  survey: Survey;
  /** What is to be said of the clock of its machine. */
  clock: ClockRemark[];
  /** Owners and modes that matter. */
  facts: FileFacts[];
}

/** Step 1: look before touching. */
export const inspect: Step<InspectReport> = {
  ...lessons.inspect,
  observes: true,
  questions: () => [],

  byHand: inspectByHand,

  async check(setup) {
    const report = await inspection(setup);
    const { unmanaged } = setup.broker.service;
    const unread = report.findings.find(({ id }) => id === 'not-read');
    if (unread !== undefined)
      return blocked(report, 'A part of the configuration was not read.', notRead(unread));
    if (!report.loads)
      return blocked(
        report,
        'The broker does not accept its own configuration.',
        doesNotLoad(report),
      );
    if (!report.service.state.running)
      return blocked(report, 'Mosquitto is not running.', await notRunning(setup, report));
    if (unmanaged) return blocked(report, unmanaged.message, unmanaged);
    const tomorrow = report.findings.find(({ id }) => id === 'next-restart-fails');
    const seen = whoGetsIn(report) + clockOff(report);
    const detail = tomorrow ? `${seen} ${tomorrow.message}` : seen;
    return { status: 'done', detail, report };
  },

  async plan() {
    return { shown: { changes: [], notes: [] }, work: null };
  },

  async *apply() {
    yield { kind: 'progress', text: 'Reading the configuration and looking around' };
  },

  async prove(setup) {
    const { status, detail, trouble } = await inspect.check(setup);
    if (trouble) throw trouble;
    return [evidenceOf(status === 'done', detail)];
  },
};

/** Everything Inspect shows, in three or four round trips. */
export async function inspection(setup: Setup): Promise<InspectReport> {
  const { host, layout, service, version } = setup.broker;
  const looking = lookAt(setup.broker, { partly: true });
  const stating = service.state();
  const [look, around, state, stats, findings] = await Promise.all([
    looking,
    survey(host, layout.folder, setup.now),
    stating,
    host.stat([layout.main, layout.access, layout.certificates, layout.authorities], {
      root: true,
    }),
    auditHost(setup.broker, looking, stating, shownBy(setup)),
  ]);
  return {
    version,
    service: { kind: service.kind, state },
    main: layout.main,
    files: look.configuration.files,
    loads: look.effective.loads,
    firstError: look.effective.firstError,
    firstErrorAt: look.effective.firstErrorAt ?? null,
    listeners: look.effective.listeners,
    names: setup.broker.names,
    findings,
    clock: around.clock === null ? [] : clockRemarks(around.clock, setup.now()),
    survey: { ...around, ...ofProcess(around, state.pid) },
    facts: stats.filter((facts): facts is FileFacts => facts !== null),
  };
}

function whoGetsIn({ version, listeners }: InspectReport): string {
  const open = listeners.filter((one) => opensToAll(one) || takesAnyName(one));
  const here = open.filter((one) => one.addresses.every(isLocalOnly));
  const ports = (list: Listener[]) => list.map((one) => one.port).join(', ');
  const anybody = open.filter((one) => !here.includes(one));
  if (anybody.length > 0) return `Mosquitto ${version}; anybody gets in on port ${ports(anybody)}.`;
  return here.length > 0
    ? `Mosquitto ${version}; only programs on its own machine get in without proof of identity (port ${ports(here)}).`
    : `Mosquitto ${version}; nobody gets in without proof of identity.`;
}

function clockOff({ survey: { clock } }: InspectReport): string {
  return clock !== null && isOff(clock) ? ` Its clock is ${offWords(clock)}.` : '';
}

/** Only what belongs to this broker: several may run on one machine. */
function ofProcess({ sockets, clients }: Survey, pid: number | null) {
  const own = (one: { pid: number | null }) => pid === null || one.pid === pid;
  return { sockets: sockets.filter(own), clients: clients.filter(own) };
}

function blocked(report: InspectReport, detail: string, trouble: Trouble): Check<InspectReport> {
  return { status: 'blocked', detail, report, trouble };
}

/** Whom a change would let in or shut out is not known then. */
const notRead = ({ message, fix }: Finding): Trouble =>
  new Trouble('A part of the configuration was not read, so nothing is changed.', {
    likely: message,
    next: fix,
  });

function doesNotLoad({ service, firstError, firstErrorAt: at }: InspectReport): Trouble {
  const place = at ? `${clean(at.file)}, line ${at.line}` : '';
  return new Trouble('The broker would not start with its configuration as it is.', {
    likely: service.state.running
      ? 'A file was changed after the broker started; the next restart would be an outage.'
      : `A line in it is wrong${place ? `: ${place}` : ''}.`,
    next: `Correct ${place || 'that line'}, or undo the last change to it, then try again.`,
    detail: clean(firstError ?? '', 300),
  });
}

/** The practice broker is ours to start; what it says when it does not is the better explanation. */
async function notRunning(setup: Setup, { findings }: InspectReport): Promise<Trouble> {
  const { service } = setup.broker;
  const fails = findings.find(({ id }) => id === 'next-restart-fails');
  if (service.kind === 'practice') {
    const trouble = await service.start().catch((error: unknown) => error);
    if (trouble instanceof Trouble) return trouble;
  } else if (service.unmanaged) return service.unmanaged;
  return new Trouble('Mosquitto is installed, but it is not running.', {
    likely:
      fails?.message ??
      `It was stopped, or it failed to start; "systemctl status ${unitTyped(service.unit)}" tells.`,
    next: `Start it ("${setup.broker.service.restartCommand.replace('restart', 'start')}"), then try again.`,
  });
}

function evidenceOf(pass: boolean, words: string): Evidence {
  return {
    id: 'configuration',
    title: 'The configuration loads and the broker runs',
    expect: 'accepted',
    observed: pass ? 'accepted' : 'refused',
    cause: null,
    words,
    pass,
  };
}
