import { Trouble } from '../../errors/trouble.ts';
import { isLoss } from '../../mosquitto/effective/access-table.ts';
import { accessLines } from '../access/access-lines.ts';
import type { Setup } from '../contract/setup.ts';
import { clientLine, names } from '../plain-port/words.ts';
import type { Present } from './look.ts';

/**
 * Refuses to take over a port at which somebody is let in by another set-up, as long as it was not said
 * what becomes of them. Nothing has been changed.
 */
export function refuseTaken({ answers }: Setup, { access, use }: Present): void {
  const { tls } = answers.ports;
  const cells = access.cells.filter(({ listener }) => listener.port === tls);
  if (answers.otherTls !== 'ask' || !cells.some(isLoss)) return;
  const clients = (use?.others ?? []).filter(({ port }) => port === tls);
  throw new Trouble(`Port ${tls} is in use: somebody else has set it up.`, {
    likely:
      clients.length === 0
        ? 'Nobody was seen there lately, but whoever gets in now would be refused.'
        : `${clients.length === 1 ? 'One client uses' : `${clients.length} clients use`} it: ${names(clients)}.`,
    next: `Say what becomes of it (otherTls: keep or close, in Harden or in the answers), or choose another port for certificates (ports: {tls: ${tls + 1}}). The configuration was not changed.`,
    detail: [
      ...accessLines({ ...access, cells }).map(({ text }) => text),
      ...clients.map((one) => (use ? clientLine(one, use.at) : '')),
    ].join('\n'),
  });
}
