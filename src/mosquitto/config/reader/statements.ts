import { bindingOf, noSuchName } from '../model/bind-address.ts';
import { newListener } from '../model/memory.ts';
import type { Option } from '../model/option.ts';
import { needsListener } from '../model/wording.ts';
import { booleanFrom, decoded, integerFrom, leadingInteger } from '../options/values.ts';
import { statementsOfBridges } from './bridge-statements.ts';
import { makeDefaultListener, store } from './keep.ts';
import { pluginOption, statementsOfPlugins } from './plugin-statements.ts';
import type { FileContext, Obey, Outcome, Reader, Statement } from './statement.ts';

const statements: Record<string, Obey> = {
  listener,
  port,
  bind_address: bindAddress,
  mount_point: mountPoint,
  per_listener_settings: perListenerSettings,
  ...statementsOfPlugins,
  include_dir: includeDir,
  log_dest: logDestination,
  persistent_client_expiration: clientExpiration,
  accept_protocol_versions: protocolVersions,
  ...statementsOfBridges,
};

/** Does what a statement says. Options that begin with `plugin_opt_` are all one. */
export function obeyStatement(line: Statement, context: FileContext, reader: Reader): Outcome {
  return (statements[line.option] ?? pluginOption)(line, context, reader);
}

function listener({ rest, place }: Statement, context: FileContext, reader: Reader): Outcome {
  const { memory, words, behaviour } = reader;
  const is21 = behaviour.generation === '2.1';
  memory.localOnly = false;
  const port = integerFrom(rest, is21 ? 'listener port' : 'listener', words, is21);
  if ('error' in port) return port;
  if (port.value < 0 || port.value > 65535) return { error: words.invalid('port', port.value) };
  const word = rest.word();
  const where = word === null || word.startsWith('#') ? undefined : decoded(word);
  if (port.value === 0 && where === undefined) {
    return { error: 'Error: A listener with port 0 must provide a Unix socket path.' };
  }
  const isUnix = port.value === 0;
  context.listener = newListener({
    port: port.value,
    at: place,
    ...(where === undefined ? {} : isUnix ? { path: where } : { host: where }),
  });
  memory.listeners.push(context.listener);
  return {};
}

/** The older way to open a listener: the default listener, whichever is the current one. */
function port({ rest, place }: Statement, context: FileContext, reader: Reader): Outcome {
  const { memory, words, behaviour } = reader;
  const is21 = behaviour.generation === '2.1';
  memory.localOnly = false;
  const own = is21 ? makeDefaultListener(memory, place) : memory.defaultListener;
  if (own === null) return {};
  if (is21) context.listener = own;
  const port = integerFrom(rest, 'port', words, is21);
  if ('error' in port) return port;
  if (port.value < 1 || port.value > 65535) return { error: words.invalid('port', port.value) };
  own.port = port.value;
  own.settings.set('port', { value: port.value, place });
  return {};
}

function bindAddress(line: Statement, context: FileContext, reader: Reader): Outcome {
  const { memory, behaviour } = reader;
  memory.localOnly = false;
  const is21 = behaviour.generation === '2.1';
  const own = is21 ? makeDefaultListener(memory, line.place) : memory.defaultListener;
  if (own === null) return {};
  if (is21) context.listener = own;
  const called: Option = {
    kind: 'string',
    scope: 'listener',
    called: 'default listener bind_address',
  };
  const outcome = store(line, called, own.settings, reader);
  if (outcome.error !== undefined) return outcome;
  own.host = String(own.settings.get('bind_address')?.value);
  // Unlike the host of a listener it is resolved where it stands.
  const { kind } = bindingOf(own.host);
  return kind === 'nothing' || kind === 'everywhere'
    ? { error: `Error: Error resolving bind_address: ${noSuchName}.` }
    : {};
}

function mountPoint(line: Statement, context: FileContext, reader: Reader): Outcome {
  const { memory, behaviour, words } = reader;
  const is21 = behaviour.generation === '2.1';
  if (is21 ? context.listener === null : memory.listeners.length === 0) {
    return {
      error: is21
        ? needsListener('mount_point')
        : 'Error: You must use create a listener before using the mount_point option in the configuration file.',
    };
  }
  const settings = (context.listener ?? newListener()).settings;
  const option: Option = { kind: 'string', scope: 'listener', repeats: 'replace since 2.1' };
  const outcome = store(line, option, settings, reader);
  const value = String(settings.get('mount_point')?.value ?? '');
  if (outcome.error !== undefined || !/[+#]/.test(value)) return outcome;
  return {
    error: is21
      ? `${words.invalid('mount_point', value)} Does it contain a wildcard character?`
      : `Error: Invalid mount_point '${value}'. Does it contain a wildcard character?`,
  };
}

/** 2.1 keeps it once it is on; in 2.0 each such line counts, and "true" must come early enough. */
function perListenerSettings({ rest, place }: Statement, _: FileContext, reader: Reader): Outcome {
  const { memory, words, behaviour } = reader;
  if (memory.perListener !== null && behaviour.generation === '2.1') return {};
  const on = booleanFrom(rest, 'per_listener_settings', words);
  if ('error' in on) return on;
  memory.perListener = on.value ? place : null;
  return on.value && memory.securityTouched
    ? { error: 'Error: per_listener_settings must be set before any other security settings.' }
    : {};
}

/** Only the main file includes; in an included one 2.0 passes over the line, 2.1 refuses it. */
function includeDir({ rest }: Statement, { level }: FileContext, reader: Reader): Outcome {
  const { words, behaviour } = reader;
  if (level > 0) {
    return behaviour.generation === '2.0'
      ? {}
      : {
          error: 'Error: The include_dir option is only valid in the main configuration file.',
        };
  }
  const folder = rest.all();
  return folder === null ? { error: words.empty('include_dir') } : { include: decoded(folder) };
}

const destinations = ['none', 'syslog', 'stdout', 'stderr', 'topic', 'dlt', 'file'];

/** Each line adds a destination; there is one log file. */
function logDestination({ rest, place }: Statement, _: FileContext, reader: Reader): Outcome {
  const { memory, words } = reader;
  const word = rest.word();
  if (word === null) return { error: words.empty('log_dest') };
  if (!destinations.includes(word)) return { error: words.invalid('log_dest', decoded(word)) };
  memory.broker.set(
    `log_dest ${word}`,
    memory.broker.get(`log_dest ${word}`) ?? {
      value: true,
      place,
    },
  );
  if (word !== 'file') return {};
  if (memory.broker.has('log_file')) return { error: 'Error: Duplicate "log_dest file" value.' };
  const file = (rest.all() ?? '').replace(/^[ \t]+/, '');
  if (file === '') return { error: 'Error: Empty "log_dest file" value in configuration.' };
  memory.broker.set('log_file', { value: decoded(file), place });
  return {};
}

function clientExpiration({ rest, place }: Statement, _: FileContext, reader: Reader): Outcome {
  const { memory, words, behaviour } = reader;
  const is21 = behaviour.generation === '2.1';
  const option = 'persistent_client_expiration';
  const word = rest.word();
  if (word === null) return is21 ? { error: words.empty(option) } : {};
  const unit = word.slice(-1);
  if (!(is21 ? 'shdwmy' : 'hdwmy').includes(unit) || leadingInteger(word.slice(0, -1)) <= 0) {
    return { error: `Error: Invalid ${words.name(option)} duration in configuration.` };
  }
  memory.broker.set(option, { value: word, place });
  return {};
}

function protocolVersions({ option, rest }: Statement, context: FileContext, reader: Reader) {
  const { memory, words } = reader;
  if (context.listener === null || context.listener === memory.defaultListener) {
    return { error: needsListener(option) };
  }
  return /[^, \t]/.test(rest.all() ?? '') ? {} : { error: words.empty(option) };
}
