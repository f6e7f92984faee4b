import type { Option } from '../model/option.ts';
import { optionTable } from './option-table.ts';

const options: ReadonlyMap<string, Option> = new Map(Object.entries(optionTable));
const pluginOption: Option = { kind: 'statement', scope: 'security' };

/** The option of a name, or undefined: names are exact, in lower case. */
export function optionNamed(name: string): Option | undefined {
  if (name.startsWith('auth_opt_') || name.startsWith('plugin_opt_')) return pluginOption;
  return options.get(name);
}

/** All names the reader knows, for any version. */
export function optionNames(): string[] {
  return [...options.keys()];
}
