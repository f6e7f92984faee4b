import { parseTarget } from '../../host/ssh/syntax/target.ts';
import { normalIfAny } from '../../pki/x509/san.ts';

/**
 * The same for the same broker, however its address was spelled: `practice`, `local`, or `[user@]host[:port]` with
 * the host in normal form. Only for comparing: SSH gets what was typed, as `ssh` would.
 */
export function brokerKey(broker: string): string {
  const given = broker.trim();
  if (given === 'practice' || given === 'local') return given;
  const { user, host, port } = taken(given);
  const name = normalIfAny(host).toLowerCase();
  const shown = port !== undefined && name.includes(':') ? `[${name}]` : name;
  return `${user === undefined ? '' : `${user}@`}${shown}${port === undefined ? '' : `:${port}`}`;
}

/** Apart; what is no target has a key, too. */
function taken(given: string): ReturnType<typeof parseTarget> {
  try {
    return parseTarget(given);
  } catch {
    const at = given.lastIndexOf('@');
    return { host: given.slice(at + 1), ...(at >= 0 && { user: given.slice(0, at) }) };
  }
}
