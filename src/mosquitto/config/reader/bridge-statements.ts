import { decoded, integerFrom, leadingInteger } from '../options/values.ts';
import type { FileContext, Obey, Outcome, Reader, Statement } from './statement.ts';

/** The statements of a `connection` to another broker, as far as they decide whether it starts. */
export const statementsOfBridges: Record<string, Obey> = {
  connection,
  address: addresses,
  addresses,
  topic,
  start_type: startType,
  restart_timeout: restartTimeout,
  bridge_tcp_keepalive: tcpKeepalive,
};

function connection({ rest, place }: Statement, context: FileContext, reader: Reader): Outcome {
  const { memory, words, behaviour } = reader;
  const word = rest.word();
  if (word === null) return { error: words.empty('connection') };
  const name = decoded(word);
  if (memory.bridges.some((bridge) => bridge.name === name)) {
    const quoted = behaviour.generation === '2.1' ? `'${name}'` : `"${name}"`;
    return { error: `Error: Duplicate bridge name ${quoted}.` };
  }
  context.bridge = { name, at: place, settings: new Map(), hasAddress: false, topics: 0 };
  memory.bridges.push(context.bridge);
  return {};
}

function addresses({ rest }: Statement, { bridge }: FileContext, reader: Reader): Outcome {
  const is21 = reader.behaviour.generation === '2.1';
  if (bridge === null) return {};
  if (bridge.hasAddress) {
    const once = is21 ? ", 'address' only allowed once." : '.';
    return { error: `Error: Invalid bridge configuration${once}` };
  }
  for (let word = rest.word(); word !== null && !word.startsWith('#'); word = rest.word()) {
    bridge.hasAddress = true;
    const port = /:([^:]*)$/.exec(word)?.[1];
    if (port === undefined) continue;
    const number = leadingInteger(port);
    if (number < 1 || number > 65535) {
      return { error: `Error: Invalid ${is21 ? 'bridge ' : ''}port value (${number}).` };
    }
  }
  return bridge.hasAddress ? {} : { error: 'Error: Empty address value in configuration.' };
}

/** `topic PATTERN [out|in|both [QOS [LOCAL_PREFIX [REMOTE_PREFIX]]]]` */
function topic({ rest }: Statement, { bridge }: FileContext, reader: Reader): Outcome {
  if (rest.word() === null) return { error: reader.words.empty('topic') };
  const direction = rest.word();
  if (direction !== null && !/^(out|in|both)$/i.test(direction)) {
    return { error: `Error: Invalid bridge topic direction '${decoded(direction)}'.` };
  }
  const qos = rest.word();
  // The broker keeps the level in one byte.
  if (qos !== null && (leadingInteger(qos) & 0xff) > 2) {
    return { error: `Error: Invalid bridge QoS level '${decoded(qos)}'.` };
  }
  const isComment = qos?.startsWith('#') || rest.startsWith('#');
  const prefixes = isComment ? [] : [rest.word(), rest.word()];
  for (const [index, prefix] of prefixes.entries()) {
    if (prefix === null || prefix.startsWith('#') || !/[+#]/.test(prefix)) continue;
    const side = index === 0 ? 'local' : 'remote';
    return { error: `Error: Invalid bridge topic ${side} prefix '${decoded(prefix)}'.` };
  }
  if (bridge !== null) bridge.topics += 1;
  return {};
}

function startType({ rest }: Statement, _: FileContext, { words, behaviour }: Reader): Outcome {
  const word = rest.word();
  if (word === null) return { error: words.empty('start_type') };
  if (word === 'manual') return { error: 'Error: Manual start_type not supported.' };
  if (['automatic', 'lazy', 'once'].includes(word)) return {};
  const value = decoded(word);
  return {
    error:
      behaviour.generation === '2.1'
        ? `Error: Invalid 'start_type' value in configuration (${value}).`
        : `Error: Invalid start_type value in configuration (${value}).`,
  };
}

/** `restart_timeout BASE [CAP]`, in seconds. */
function restartTimeout({ rest }: Statement, _: FileContext, { words }: Reader): Outcome {
  const base = rest.word();
  if (base === null) return { error: words.empty('restart_timeout') };
  const cap = rest.word();
  return cap !== null && leadingInteger(cap) < Math.max(1, leadingInteger(base))
    ? { error: 'Error: backoff cap is lower than the base in restart_timeout.' }
    : {};
}

/** `bridge_tcp_keepalive IDLE INTERVAL COUNTER`; 2.1. */
function tcpKeepalive({ rest }: Statement, _: FileContext, { words }: Reader): Outcome {
  for (const part of ['idle', 'interval', 'counter']) {
    const number = integerFrom(rest, `bridge_tcp_keepalive_${part}`, words, true);
    if ('error' in number) return number;
    if (number.value <= 0) return { error: `Error: invalid TCP keepalive ${part} value.` };
  }
  return {};
}
