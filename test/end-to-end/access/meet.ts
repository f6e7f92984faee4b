import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProgramResult } from '../../support/hosts/program.ts';
import * as observe from '../../support/observe/observer.ts';
import { auditReport, runEvents } from '../../support/program/contract.ts';
import { type Home, newHome, reaching } from '../../support/program/lockstep.ts';
import type { Case } from '../corpus/answers.ts';
import { type Placed, place } from '../corpus/placed.ts';
import { type Chosen, refusals } from '../corpus/refusals.ts';
import { disagreements } from './compare/agree.ts';
import { breaches } from './compare/compare.ts';
import type { Noted, Outcome } from './compare/outcome.ts';
import { whoKnocks } from './knock/callers.ts';
import { addressesOf } from './knock/names.ts';
import { type Open, type Told, toldIn } from './plan.ts';
import type { Stage } from './stage.ts';
import { comparable, leaveMessage, lookAround, type Table } from './table.ts';
import { trialsOf } from './trials.ts';
import { liveFiles, touchedBy } from './untouched.ts';

/** What may become of the plain port. */
export type Choice = Chosen['plainListener'];
export const choices: readonly Choice[] = ['refuse', 'loopback', 'remove', 'open'];

export interface Met {
  /** `secured`, or for what it was refused. */
  outcome: string;
  /** Everything that was not as it has to be, a sentence each. */
  findings: string[];
  /** Who got in at first. */
  before: Table;
}

/**
 * A configuration is secured with a choice, or refused, and all is put back; who gets in is looked at before,
 * after and at the end. What is asked on the way is answered.
 */
export async function meet(stage: Stage, one: Case, choice: Choice): Promise<Met> {
  const { host } = stage;
  await using home = await newHome();
  const placed = await place(host, one);
  try {
    await host.succeed(['sh', '-euc', restart]);
    const act = new Act(stage, one, placed, home, await reaching(host, home, stage.user));
    await leaveMessage(stage.network, act.shown());
    await host.succeed(['sh', '-euc', restart]);
    return await act.all({ plainListener: choice });
  } finally {
    await placed.remove();
  }
}

const restart = 'systemctl reset-failed mosquitto; systemctl restart mosquitto';

/** What must be as it was. */
interface State {
  service: Awaited<ReturnType<typeof observe.service>>;
  tree: string[];
  table: Table;
}

class Act {
  readonly findings: string[] = [];
  private readonly stage: Stage;
  private readonly one: Case;
  private readonly placed: Placed;
  private readonly home: Home;
  private readonly how: string[];

  constructor(stage: Stage, one: Case, placed: Placed, home: Home, how: string[]) {
    this.stage = stage;
    this.one = one;
    this.placed = placed;
    this.home = home;
    this.how = how;
  }

  shown() {
    return whoKnocks(this.stage.host, this.home, [...this.one.files.values()]);
  }

  async all(chosen: Chosen): Promise<Met> {
    const before = await this.state();
    this.findings.push(...(await this.auditDisagrees(before.table)));
    const outcome = await this.setUp(before, chosen);
    await this.undo(before);
    return { outcome, findings: this.findings, before: before.table };
  }

  private async setUp(before: State, chosen: Chosen, asked: string[] = []): Promise<string> {
    const file = join(this.home.folder, 'answers.yaml');
    await writeFile(file, JSON.stringify(chosen)); // which is YAML, too
    const words = [...this.how, '--answers', file, '--json'];
    const plan = await this.apart('A PLAN', () => this.home.run('run', ...words, '--dry-run'));
    const run = await this.tried(chosen, () => this.home.run('run', ...words));
    const end = runEvents(run.stdout).at(-1);
    if (end?.event !== 'end' || end.result !== 'secured') {
      const refusal = await this.refused(
        before,
        chosen,
        run.stderr,
        end?.event === 'end' ? end.result : '',
      );
      const why = [...asked, refusal.because];
      // With the answer that is asked for there it is done.
      return refusal.answer && !asked.includes(refusal.because)
        ? this.setUp(before, { ...chosen, ...refusal.answer }, why)
        : `refused, because ${why.join('; ')}`;
    }
    const told = plan.code === 0 ? await this.toldIn(plan.stdout) : [];
    this.findings.push(
      ...(run.code === 0 ? [] : [`SECURED, BUT ENDED WITH ${run.code}: ${run.stderr}`]),
      ...(plan.code === 0 ? [] : [`PLAN REFUSED, RUN NOT: ${plan.stderr}`]),
      ...(await this.secured(
        before,
        { told, noted: this.notedIn(plan.stdout), open: await this.openIn(end.open ?? []) },
        chosen.ports?.tls ?? 8883,
      )),
    );
    return ['secured', ...asked.map((why) => `once asked because ${why}`)].join(', ');
  }

  /** What a plan says, at the addresses that names stand for. */
  private async toldIn(plan: string): Promise<Told[]> {
    const told = toldIn(runEvents(plan));
    const names = told.map(({ listener }) => listener.address);
    const addresses = await addressesOf(this.stage.host, names);
    return told.flatMap((one) =>
      addresses(one.listener.address).map((address) => ({
        ...one,
        listener: { ...one.listener, address },
      })),
    );
  }

  private notedIn(plan: string): Noted {
    const events = plan === '' ? [] : runEvents(plan);
    const notes = events.flatMap((one) => (one.event === 'note' ? [one.text] : []));
    const text = Buffer.concat([...this.one.files.values()]).toString('latin1');
    const told = !/^ *use_username_as_clientid +(true|1)/m.test(text);
    return { clientId: this.shown().clientId, told, notes };
  }

  private async openIn(open: readonly Open[]): Promise<Open[]> {
    const addresses = await addressesOf(
      this.stage.host,
      open.map(({ address }) => address),
    );
    return open.flatMap((one) => addresses(one.address).map((address) => ({ ...one, address })));
  }

  private async secured(
    before: State,
    said: Pick<Outcome, 'told' | 'open' | 'noted'>,
    tlsPort: number,
  ): Promise<string[]> {
    const after = await lookAround(this.stage.network, this.shown());
    // Wherever it is bound, which need not be the address by which the host is reached.
    const isThrough = after.seen.some(
      ({ socket, answers: { newcomer } }) =>
        socket.port === tlsPort && newcomer?.publishes && newcomer.reads,
    );
    return [
      ...breaches({ before: before.table, after, ...said, tlsPort }),
      ...(isThrough ? [] : ['SECURED, BUT the new certificate gets no message through.']),
      ...(await this.auditDisagrees(after, true)),
    ];
  }

  /** Refused in known words, and nothing touched. */
  private async refused(
    before: State,
    chosen: Chosen,
    said: string,
    result: string,
  ): Promise<{ because: string; answer?: Partial<Chosen> }> {
    const now = await this.state();
    if (now.service.pid !== before.service.pid)
      this.findings.push(`REFUSED, BUT RESTARTED: ${result}: ${said}`);
    // The broker's certificate may be there already: nothing uses it.
    const tree = now.tree.filter((line) => !delivered.test(line));
    this.same('REFUSED, BUT CHANGED', before, { ...now, tree });
    for (const { says, because, answer } of refusals) {
      const match = says.exec(said);
      if (match && /\nLikely: .*\nNext: /s.test(said))
        return { because, ...(answer ? { answer: answer(chosen, match) } : {}) };
    }
    this.findings.push(`REFUSED IN UNKNOWN WORDS (${result}): ${said}`);
    return { because: 'of something unknown' };
  }

  private async undo(before: State): Promise<void> {
    const undo = await this.home.run('undo', ...this.how);
    if (undo.code !== 0) this.findings.push(`NOT UNDONE: ${undo.stderr}`);
    this.same('NOT PUT BACK', before, await this.state());
  }

  private async auditDisagrees(table: Table, secured = false): Promise<string[]> {
    const audit = await this.apart('AN AUDIT', () => this.home.run('audit', ...this.how, '--json'));
    if (!audit.stdout) return [`AUDIT ENDED WITH ${audit.code}: ${audit.stderr}`];
    const report = auditReport.parse(JSON.parse(audit.stdout));
    const names = report.listeners.flatMap(({ addresses }) => addresses);
    const addresses = await addressesOf(this.stage.host, names);
    const listeners = report.listeners.map((one) => ({
      ...one,
      addresses: [...new Set(one.addresses.flatMap(addresses))],
    }));
    // What it says has lockstep to be run for it: that was followed then.
    const still = secured && report.findings.some(({ id }) => id === 'local-only');
    return [
      ...disagreements({ ...report, listeners }, table),
      ...(still
        ? ['ADVICE WITHOUT EFFECT: "local-only" is said of a broker that was secured.']
        : []),
    ];
  }

  /** Does what is to look only: it keeps away from what is the broker's own. */
  private async apart<T>(what: string, act: () => Promise<T>): Promise<T> {
    const files = liveFiles([...this.one.files.values()]);
    const { done, touched } = await touchedBy(this.stage.host, files, act);
    if (touched.length > 0) this.findings.push(`${what} TOUCHED LIVE FILES: ${touched.join(', ')}`);
    return done;
  }

  /** Does what has trials: they keep away from it, too. Watching takes long; each is watched with one choice. */
  private async tried(
    { plainListener }: Chosen,
    act: () => Promise<ProgramResult>,
  ): Promise<ProgramResult> {
    if (plainListener !== 'refuse') return act();
    const files = liveFiles([...this.one.files.values()]);
    const { done, trials, touched } = await trialsOf(this.stage.host, files, act);
    if (touched.length > 0) this.findings.push(`A TRIAL TOUCHED LIVE FILES: ${touched.join(', ')}`);
    if (done.code === 0 && trials === 0) this.findings.push('SECURED, BUT NO TRIAL WAS SEEN.');
    return done;
  }

  private async state(): Promise<State> {
    const { host, network } = this.stage;
    const [service, tree] = await Promise.all([
      observe.service(host),
      observe.tree(host, this.placed.named),
    ]);
    return { service, tree: tree.split('\n'), table: await lookAround(network, this.shown()) };
  }

  private same(what: string, before: State, after: State): void {
    const [was, is] = [before, after].map(({ service, tree, table }) => [
      `the service is ${service.state}`,
      ...tree,
      ...comparable(table),
    ]) as [string[], string[]];
    const differs = [
      ...was.filter((line) => !is.includes(line)).map((line) => `- ${line}`),
      ...is.filter((line) => !was.includes(line)).map((line) => `+ ${line}`),
    ];
    if (differs.length > 0) this.findings.push(`${what}:\n  ${differs.join('\n  ')}`);
  }
}

const delivered = /\/(certs\/(release-\d{4}|current)|ca_certificates\/root_ca\.crt)/;
