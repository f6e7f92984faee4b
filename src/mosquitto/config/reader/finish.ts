import type { Behaviour } from '../model/behaviour.ts';
import type { ReadingError } from '../model/configuration.ts';
import { type ConfiguredListener, type Memory, newListener, textOf } from '../model/memory.ts';
import { optionNamed } from '../options/options.ts';

/**
 * What the broker does after the last line: it checks the bridges, 2.0 adds the default listener
 * if anything was said of it, and certificate pairs are checked. Returns its first complaint; it
 * gives no line for these, so the place is that of the listener or bridge.
 */
export function checkWhole(memory: Memory, behaviour: Behaviour): ReadingError | null {
  const bridgeError = checkBridges(memory);
  if (bridgeError !== null) return bridgeError;
  if (behaviour.generation === '2.0') addDefaultListener(memory);
  return behaviour.refusesHalfPair ? checkPairs(memory.listeners) : null;
}

function checkBridges({ bridges }: Memory): ReadingError | null {
  for (const { settings, hasAddress, topics, at } of bridges) {
    const has = (name: string) => settings.has(name);
    const missing = !hasAddress
      ? 'no remote addresses defined'
      : topics === 0
        ? 'no topics defined'
        : has('bridge_psk') && !has('bridge_identity')
          ? 'missing bridge_identity'
          : has('bridge_identity') && !has('bridge_psk')
            ? 'missing bridge_psk'
            : null;
    if (missing !== null) {
      return { message: `Error: Invalid bridge configuration: ${missing}.`, place: at };
    }
  }
  const ids = new Set<string>();
  for (const { name, settings, at } of bridges) {
    // The default has the machine's name in front, the same for all bridges.
    const remote = textOf(settings, 'remote_clientid') ?? `<host name>.${name}`;
    const local = textOf(settings, 'local_clientid') ?? `local.${remote}`;
    if (ids.has(local)) {
      const advice = 'Try changing or setting the local_clientid value for one of the bridges.';
      const message = `Error: Bridge local_clientid '${local}' is not unique. ${advice}`;
      return { message, place: at };
    }
    ids.add(local);
  }
  return null;
}

/** 2.0: the default listener joins the others if one of certain settings is not as at first. */
function addDefaultListener(memory: Memory): void {
  const own = memory.defaultListener;
  if (own === null) return;
  const { settings, security } = own;
  const opening = [...settings].find(([name, { value }]) => {
    const initial = optionNamed(name)?.opensUnless;
    return (
      name === 'port' || name === 'bind_address' || (initial !== undefined && value !== initial)
    );
  })?.[1];
  const opens =
    opening ??
    security.settings.get('password_file') ??
    security.settings.get('psk_file') ??
    security.plugins[0] ??
    (security.settings.get('allow_zero_length_clientid')?.value === false
      ? security.settings.get('allow_zero_length_clientid')
      : undefined);
  if (opens === undefined) return;
  const port = Number(settings.get('port')?.value ?? 1883);
  memory.listeners.push(newListener({ ...own, port, at: opens.place }));
}

function checkPairs(listeners: ConfiguredListener[]): ReadingError | null {
  for (const { settings, at } of listeners) {
    const has = (name: string) => settings.has(name);
    if (has('certfile') !== has('keyfile')) {
      const message = 'Error: Both certfile and keyfile must be provided to enable a TLS listener.';
      return { message, place: place(settings, ['certfile', 'keyfile']) ?? at };
    }
    for (const authority of ['cafile', 'capath']) {
      if (has(authority) && !has('certfile')) {
        const message = `Error: ${authority} specified without certfile and keyfile.`;
        return { message, place: place(settings, [authority]) ?? at };
      }
    }
  }
  return null;
}

function place(settings: ConfiguredListener['settings'], names: string[]) {
  return names.map((name) => settings.get(name)?.place).find((found) => found !== undefined);
}
