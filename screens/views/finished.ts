import { readableName, withoutZone } from '../../src/pki/x509/san.ts';
import type { Evidence } from '../../src/steps/contract/evidence.ts';
import { openWords } from '../../src/steps/reach/open.ts';
import type { State } from '../../state/machine/machine.ts';
import { hanging, type Line, pad, paragraph, say } from '../text/lines.ts';

/** Verify reports what it saw. */
export const verified = (report: unknown): Evidence[] => (Array.isArray(report) ? report : []);

/** How it ended, in one sentence with what stays open by choice. */
export function securedLines(evidence: readonly Evidence[], width: number): Line[] {
  const open = openWords(evidence.flatMap((one) => one.open ?? []));
  return open === ''
    ? [say('Secured. Only holders of a certificate get in.', 'good')]
    : paragraph(`Secured; ${open}`, width, 'warning');
}

/** What a client has to call it by: a name of its certificate, that by which it was reached where it is one. */
function called({ broker, answers: { names = [] } }: State): string {
  const name = broker && names.includes(withoutZone(broker.address)) ? broker.address : names[0];
  return readableName(name ?? broker?.address ?? 'the broker');
}

/** After the last proof: what can be done with it. */
export function finishedLines(state: State, width: number): Line[] {
  const { broker, answers, command } = state;
  const port = broker?.ports.tls ?? answers.ports.tls;
  const names = answers.clients.map((client) => client.name);
  const some = names.slice(0, 3).join(', ');
  const clients = names.length > 3 ? `${some} and ${names.length - 3} more` : some;
  const rows: [string, string][] = [
    ['Connect', `${called(state)}, port ${port}, with the files of ${clients}`],
    ['More devices', 'change the answers of step 4 and go on from there'],
    ['Look again', `${command} status, ${command} verify`],
    ['Put it back', `${command} undo`],
  ];
  return [
    ...rows.flatMap(([label, value]) =>
      hanging([{ text: pad(label, 14), tone: 'quiet' }], value, width),
    ),
  ];
}
