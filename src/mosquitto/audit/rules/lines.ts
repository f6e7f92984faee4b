import { posix } from 'node:path';
import type { Directive } from '../../config/model/configuration.ts';
import { knownPlugin } from '../../config/model/known-plugins.ts';
import { isSecret } from '../../config/model/secret-lines.ts';
import { optionNamed } from '../../config/options/options.ts';
import { above, moved, removed, replaced } from '../advice/edit.ts';
import { bothWays, type Draft, found, type Rule, spoken } from '../advice/finding.ts';

/** Switches set twice: the later line wins, wherever it stands. */
export const overridden: Rule = ({ configuration }) => {
  const { directives, memory } = configuration;
  const findings: Draft[] = [];
  const latest = new Map<unknown, Map<string, Directive>>();
  for (const line of directives) {
    const option = optionNamed(line.option);
    if (option?.kind !== 'boolean' || option.scope === 'bridge' || option.scope === 'broker')
      continue;
    const global = option.scope === 'security' && memory.perListener === null;
    const target = global ? 'all' : line.listener;
    const before = latest.get(target) ?? new Map<string, Directive>();
    const earlier = before.get(line.option);
    if (earlier !== undefined && earlier.value !== line.value) {
      findings.push(
        found(
          'overridden',
          line.option === 'allow_anonymous' ? 'warning' : 'note',
          earlier,
          `This line has no effect: ${spoken(line)} says "${line.option} ${line.value}" later, and the last one counts${global ? ' for all listeners' : ''}.`,
          {
            ways: [
              {
                edits: [removed(earlier)],
                besides: `It did nothing; what counts is ${spoken(line)}.`,
              },
            ],
            otherwise: `What counts is ${spoken(line)}.`,
          },
        ),
      );
    }
    before.set(line.option, line);
    latest.set(target, before);
  }
  return findings;
};

/** Where files are included, and which. */
export const includes: Rule = ({ configuration }) => {
  const { directives, files, mainPath } = configuration;
  const findings: Draft[] = [];
  const main = directives.filter(({ file }) => file === mainPath);
  const at = main.findIndex(({ option }) => option === 'include_dir');
  const after = at < 0 ? [] : main.slice(at + 1).filter(({ option }) => option !== 'include_dir');
  const all = main.filter(({ option }) => option === 'include_dir');
  const include = main[at];
  if (after.length > 0 && include !== undefined) {
    findings.push(
      found(
        'include-not-last',
        'note',
        include,
        `Lines follow after this one (from ${spoken(after[0] ?? include)} on). They count last, and what they say of a listener can be lost.`,
        {
          ways: [{ edits: moved(all, (text) => ({ action: 'append', file: mainPath, text })) }],
          otherwise:
            'Leave it where it is: at the end, what is included would count last; others could get in or be shut out by it, or the broker be set otherwise.',
        },
      ),
    );
  }
  for (const file of files) {
    if (!posix.basename(file).startsWith('.')) continue;
    findings.push(
      found(
        'hidden-file',
        'warning',
        { file, line: 1 },
        'The broker reads this file too, though "ls" does not show it.',
        'Look whether it is meant before you rename or remove it: files are read in the order of their names, and what it says counts until then.',
      ),
    );
  }
  return findings;
};

/** A file of a plugin, or of the log, whose name is all that is left of the line. */
function namesFile({ option, value, plugin }: Directive): boolean {
  if (option === 'log_dest') return /^file /.test(value);
  const key = /^(?:plugin|auth)_opt_(.+)$/.exec(option)?.[1];
  return key !== undefined && knownPlugin(plugin?.path ?? '')?.fileOptions.includes(key) === true;
}

/** Values that are not what they look like. */
export const values: Rule = ({ configuration }) =>
  configuration.directives.flatMap((line): Draft[] => {
    if (optionNamed(line.option)?.kind !== 'string' && !namesFile(line)) return [];
    const { value, option } = line;
    if (/\s#/.test(value)) {
      const meant = value.replace(/\s+#.*$/, '');
      const comment = /\s(#.*)$/.exec(value)?.[1] ?? '#';
      const edits = [above(line, comment), replaced(line, `${option} ${meant}`)];
      return [
        found(
          'comment-in-value',
          'warning',
          line,
          `A comment must have a line of its own: here the text after "#" is part of the value.`,
          {
            // Of a password it may be a part indeed, and is not to be read out.
            ways: isSecret(option) ? [] : bothWays(edits),
            otherwise: ofPrefix(line) ?? 'The comment belongs on a line of its own.',
          },
        ),
      ];
    }
    const bare = /^(["'])(.*)\1$/.exec(value)?.[2];
    if (bare === undefined) return [];
    return [
      found(
        'quotes-in-value',
        'warning',
        line,
        'There are no quotes in this file format: here they are part of the value.',
        {
          ways: (isSecret(option) ? [] : bothWays([replaced(line, `${option} ${bare}`)])).map(
            (way) => ({
              ...way,
              besides: 'Blanks inside are fine.',
            }),
          ),
          otherwise: ofPrefix(line) ?? 'Values are written without quotes; blanks inside are fine.',
        },
      ),
    ];
  });

/** What an id begins with is compared as it stands, so that it lets in others once it is put right. */
const ofPrefix = ({ option }: Directive): string | undefined =>
  option === 'clientid_prefixes'
    ? 'Only ids that begin with all of that are let in, without a password: put it right only if those may come in that begin with what is meant.'
    : undefined;
