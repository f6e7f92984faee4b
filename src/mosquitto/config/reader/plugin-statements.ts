import type { Plugin, Security } from '../model/memory.ts';
import { needsListener } from '../model/wording.ts';
import { booleanFrom, decoded, stringFrom } from '../options/values.ts';
import { securityFor } from './keep.ts';
import type { FileContext, Obey, Outcome, Reader, Statement } from './statement.ts';

/** The statements that load plugins, and give them options. */
export const statementsOfPlugins: Record<string, Obey> = {
  plugin,
  auth_plugin: plugin,
  global_plugin: plugin,
  plugin_load: loadPlugin,
  plugin_use: usePlugin,
  auth_plugin_deny_special_chars: pluginSwitch,
};

function plugin(line: Statement, context: FileContext, reader: Reader): Outcome {
  const { memory, words, behaviour } = reader;
  const is21 = behaviour.generation === '2.1';
  let security: Security | { error: string } = memory.security;
  if (line.option === 'global_plugin') memory.securityTouched = true;
  else security = securityFor(line.option, context, reader);
  if ('error' in security) return security;
  const word = is21 ? line.rest.word() : null;
  const path = is21
    ? word === null
      ? { error: words.empty(line.option) }
      : { value: decoded(word) }
    : stringFrom(line.rest, 'auth_plugin', words);
  if ('error' in path) return path;
  context.plugin = pluginOf(path.value, line);
  security.plugins.push(context.plugin);
  return {};
}

function pluginOf(path: string, { option, place }: Statement): Plugin {
  return { path, option, place, options: new Map() };
}

function loadPlugin(line: Statement, context: FileContext, reader: Reader): Outcome {
  const { memory, words } = reader;
  const { rest } = line;
  const word = rest.word();
  if (word === null) return { error: words.empty('plugin_load') };
  const name = decoded(word);
  if (memory.plugins.has(name)) return { error: `Error: Duplicate plugin name '${name}'.` };
  context.plugin = pluginOf(decoded(rest.all() ?? ''), line);
  memory.plugins.set(name, context.plugin);
  return {};
}

function usePlugin({ rest }: Statement, context: FileContext, reader: Reader): Outcome {
  const { memory, words } = reader;
  if (context.listener === null || context.listener === memory.defaultListener) {
    return { error: needsListener('plugin_use') };
  }
  const name = stringFrom(rest, 'plugin_use', words);
  if ('error' in name) return name;
  const loaded: Plugin | undefined = memory.plugins.get(name.value);
  if (loaded === undefined) {
    return { error: `Error: Plugin '${name.value}' not previously loaded.` };
  }
  context.plugin = loaded;
  context.listener.security.plugins.push(loaded);
  return {};
}

/** `plugin_opt_KEY VALUE`, for the plugin named last in this file. */
export function pluginOption(line: Statement, { plugin }: FileContext, reader: Reader): Outcome {
  const { words, behaviour } = reader;
  const { option, rest, place } = line;
  const is21 = behaviour.generation === '2.1';
  if (plugin === null) {
    return {
      error: is21
        ? `Error: The '${option}' option requires plugin/global_plugin/plugin_load to be defined first.`
        : 'Error: An auth_opt_ option exists in the config file without an auth_plugin.',
    };
  }
  const key = option.replace(/^(auth|plugin)_opt_/, '');
  if (key.length < 3) {
    const name = is21 ? "'plugin_opt_'" : 'auth_opt_';
    return { error: `Error: Invalid ${name} config option.` };
  }
  // All that is left of the line, blanks at its end included.
  const value = decoded(rest.all() ?? '').replace(/^[ \t]+/, '');
  if (value === '') return { error: words.empty(key) };
  plugin.options.set(key, { value, place });
  return {};
}

function pluginSwitch({ option, rest }: Statement, { plugin }: FileContext, reader: Reader) {
  const { words, behaviour } = reader;
  if (plugin === null) {
    const missing = behaviour.generation === '2.1' ? 'a plugin' : 'an auth_plugin';
    return {
      error: `Error: An ${option} option exists in the config file without ${missing}.`,
    };
  }
  const on = booleanFrom(rest, option, words);
  return 'error' in on ? on : {};
}
