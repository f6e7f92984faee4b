import { clean } from '../../../text/clean.ts';
import { isUnmeant, meantName } from '../../config/files/unmeant-names.ts';
import type { Directive } from '../../config/model/configuration.ts';
import { isSecret } from '../../config/model/secret-lines.ts';
import { optionNamed } from '../../config/options/options.ts';
import { fileNamed } from '../../effective/missing-files.ts';
import { above, removed, replaced } from './edit.ts';
import type { Advice } from './finding.ts';
import type { Complaint } from './repairs.ts';

/**
 * A complaint about a value with something that is no part of it by intention: it is put right as it is
 * meant, and read on so. To take such a line away could open what it is to keep closed. Null: it is about
 * something else.
 */
export function asMeant({ line, error }: Complaint): Advice | null {
  if (line === undefined || optionNamed(line.option)?.kind === 'boolean') return null;
  if (isSecret(line.option)) return null;
  const value = takenValue(line);
  const meant = meantName(value);
  if (!isUnmeant(value) || !isAbout(error, value) || /\p{Cc}|\ufffd/u.test(meant)) return null;
  const besides = why(value);
  if (meant === '')
    return {
      ways: [{ edits: [removed(line)], assumed: true }],
      otherwise: `${besides} Write behind "${line.option}" what is meant.`,
    };
  const comment = commentIn(value);
  const text = replaced(line, `${beforeIn(line, value)}${meant}`);
  const edits = comment === null ? [text] : [above(line, comment), text];
  return { ways: [{ edits, besides }], otherwise: besides };
}

/** The broker quotes the value; where it does not, a tab or something else in it is what it does not take. */
const isAbout = (error: string, value: string) =>
  error.includes(value.trim()) ||
  /websockets listener on|^Error found at|Malformed UTF-8/.test(error);

/** All that follows the option and one blank, as the broker takes it where blanks count. */
function takenValue(line: Directive): string {
  const { option, raw, value } = line;
  if (option === 'include_dir') return raw.replace(/^ */, '').slice(option.length + 1);
  return /plugin/.test(option) ? fileNamed(line) : value;
}

/** The option, and the name that a plugin is loaded under. */
function beforeIn({ option, value }: Directive, file: string): string {
  const name = option === 'plugin_load' ? `${value.slice(0, -file.trim().length).trim()} ` : '';
  return `${option} ${name}`;
}

/** The comment, where it can be written on a line of its own as it is. */
export function commentIn(value: string): string | null {
  const comment = /(?:^|\s)(#.*)$/s.exec(value)?.[1]?.trim();
  return comment !== undefined && clean(comment) === comment ? comment : null;
}

function why(value: string): string {
  if (/(^|\s)#/.test(value))
    return 'A comment must have a line of its own: behind a value it is a part of it.';
  if (value.startsWith('='))
    return 'One blank stands between an option and its value: "=" is a part of it.';
  if (/^\s*["']|["']\s*$/.test(value))
    return 'There are no quotes in this file format: they are a part of the value.';
  return 'One blank stands between an option and its value: any other blank, before or behind it, is a part of it.';
}
