import { isAtLeast } from '../model/behaviour.ts';
import { optionNamed } from '../options/options.ts';
import { settingsFor, store } from './keep.ts';
import type { FileContext, Outcome, Reader, Statement } from './statement.ts';
import { obeyStatement } from './statements.ts';

/** Lets one line act on the broker's memory. */
export function obey(statement: Statement, context: FileContext, reader: Reader): Outcome {
  const { words, behaviour } = reader;
  const option = optionNamed(statement.option);
  if (option === undefined || !isAtLeast(behaviour.version, option.since ?? '2.0.0')) {
    return { error: words.unknown(statement.option) };
  }
  if (option.ignoredSince !== undefined && isAtLeast(behaviour.version, option.ignoredSince)) {
    return {};
  }
  if (option.scope === 'bridge' && context.bridge === null) {
    return { error: needsBridge(statement.option, reader) };
  }
  if (option.kind === 'statement') return obeyStatement(statement, context, reader);
  const target = settingsFor(statement, option, context, reader);
  if ('error' in target) return target;
  if (option.touchesSecurity && behaviour.generation === '2.0') {
    reader.memory.securityTouched = true;
  }
  const excluded = option.excludedBy;
  if (excluded !== undefined && isAtLeast(behaviour.version, excluded.since ?? '2.0.0')) {
    const among = option.scope === 'security' ? context.listener?.settings : target.settings;
    if (excluded.settings.some((other) => among?.has(other))) return { error: excluded.error };
  }
  return store(statement, option, target.settings, reader);
}

function needsBridge(option: string, { behaviour }: Reader): string {
  if (behaviour.generation === '2.1') {
    return `Error: The '${option}' option requires a bridge to be defined first.`;
  }
  // The broker's own inconsistency.
  return `Error: Invalid bridge configuration${option === 'notifications_local_only' ? '' : '.'}`;
}
