import { asMeant } from './as-meant.ts';
import { linesThat } from './blocks.ts';
import { removed, replaced } from './edit.ts';
import type { Advice } from './finding.ts';
import { type Complaint, rewritten } from './repairs.ts';

/**
 * An address that the broker cannot listen at. What is meant is not known, and a listener without its
 * address is open to more: it is read on as if it were, and not advised.
 */
export function addressUnknown(it: Complaint): Advice {
  const { line, error, subject } = it;
  const raw = line?.raw.trim() ?? '';
  const [, opening, quoted] = /^((?:listener +\d+|bind_address) +)["'](.*?)["']/.exec(raw) ?? [];
  if (opening !== undefined && quoted)
    return rewritten(
      it,
      `${opening}${quoted}`,
      'There are no quotes in this file format: they are a part of the value.',
    );
  const otherwise = /family/.test(error)
    ? 'The address is of one kind (IPv4 or IPv6) and "socket_domain" names the other: correct one of them.'
    : 'Write an address of this machine as numbers, or a host name: nothing else stands there.';
  const port = /^listener +\d+/.exec(raw)?.[0];
  if (line && port) return { ways: [{ edits: [replaced(line, port)], assumed: true }], otherwise };
  if (line?.option !== 'bind_address') return { ways: [], otherwise };
  const hasPort = subject.configuration.directives.some(({ option }) => option === 'port');
  const edit = hasPort ? removed(line) : replaced(line, 'port 1883');
  return { ways: [{ edits: [edit], assumed: true }], otherwise };
}

/** An interface that is not there, or has not that address: without its line a listener is open on all. */
export function interfaceUnknown(it: Complaint): Advice {
  const { place, subject } = it;
  const { configuration } = subject;
  const listener = configuration.memory.listeners.find(
    ({ at }) => at?.file === place.file && at.line === place.line,
  );
  const lines = listener ? linesThat('bind_interface', listener, configuration) : [];
  const meant = asMeant({ ...it, line: lines.at(-1) });
  return (
    meant ?? {
      ways: [{ edits: lines.map(removed), assumed: true }],
      otherwise:
        'Write the name of an interface of this machine behind "bind_interface" ("ip link" lists them), one that has the address of the listener where that names one.',
    }
  );
}
