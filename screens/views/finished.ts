import type { State } from '../../state/machine.ts';
import { type Line, paragraph, say } from '../lines.ts';

/** After the last proof: what holds now, and what can be done with it. */
export function finishedLines(state: State, width: number): Line[] {
  const { broker, answers } = state;
  const port = broker?.ports.tls ?? answers.ports.tls;
  const names = answers.clients.map((client) => client.name);
  const first = names.slice(0, 5).join(', ');
  const clients = names.length > 5 ? `${first} and ${names.length - 5} more` : first;
  return [
    say('Secured. Only holders of a certificate get in.', 'good'),
    ...paragraph(
      `Clients connect to ${broker?.address ?? 'the broker'}, port ${port}, each with the three files in its folder: ${clients}.`,
      width,
    ),
    ...paragraph(
      'What now: give the other devices certificates of their own ("Change the answers" in step 4). "lockstep status" looks at everything again, "lockstep verify" repeats these proofs, "lockstep undo" puts the configuration back as it was.',
      width,
    ),
  ];
}
