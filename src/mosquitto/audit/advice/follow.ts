import { clean } from '../../../text/clean.ts';
import type { ConfigurationFiles } from '../../config/files/files.ts';
import { behaviourOf } from '../../config/model/behaviour.ts';
import { isUnread } from '../../config/model/gap.ts';
import type { Place } from '../../config/model/place.ts';
import { readConfiguration } from '../../config/reader/read.ts';
import { type Admission, admissions, isProof, newlyIn } from '../../effective/admission.ts';
import { effective } from '../../effective/effective.ts';
import { openListeners } from '../../effective/listeners.ts';
import { consequences, withoutRules } from './concerned.ts';
import { type Edit, edited } from './edit.ts';
import { type Advised, type Draft, listed, type Rule, type Subject, type Way } from './finding.ts';
import { otherwiseSet } from './holding.ts';
import { instructions } from './sentence.ts';

/** A configuration as it is, or as it would be with some lines changed. */
export interface State {
  /** As they are. */
  files: ConfigurationFiles;
  /** What is changed. */
  edits: readonly Edit[];
  /** All places are those of the files as they are. */
  subject: Subject;
  admitted: Admission[];
  /** A line whose meaning is not known was put right as if it meant nothing, to read on. */
  assumed?: true;
}

/** Advice is tried in memory before it is given; this bounds the work with hostile configurations. */
export class Trials {
  private left = 1000;
  private readonly rules: readonly Rule[];
  constructor(rules: readonly Rule[]) {
    this.rules = rules;
  }

  drafts({ subject }: State): Draft[] {
    return this.rules.flatMap((rule) => rule(subject));
  }

  /** What a configuration becomes with edits; null when too much was tried already. */
  async with(state: State, edits: readonly Edit[]): Promise<State | null> {
    if (this.left <= 0) return null;
    const { configuration } = state.subject;
    const { directives, bytes } = configuration;
    this.left -= 1 + Math.floor(directives.length / 50 + bytes / 100_000);
    const { mainPath, version } = configuration;
    return stateOf(state.files, mainPath, version, [...state.edits, ...edits]);
  }

  /**
   * The first way that can be gone: nobody gets in who did not before (without having a certificate,
   * password or key, where it says so), what started still starts, the broker is set as before, the
   * finding is gone and nothing as bad has come in its place. Without one, what the rule says otherwise.
   * What was not read, or stands in a line that the broker does not take, can turn every way into its
   * opposite: then none is said.
   */
  async advise(draft: Draft, state: State, drafts: readonly Draft[]): Promise<Advised> {
    const { ways = [], ...finding } = draft;
    const { unread } = state.subject;
    if (unread.length > 0 && ways.length > 0)
      return { ...finding, fix: readFirst(unread), edits: null };
    if (state.assumed && ways.length > 0) return { ...finding, fix: startFirst, edits: null };
    for (const way of ways) {
      if (way.edits.length === 0 || !isPlain(way.edits)) continue;
      const after = await this.with(state, way.edits);
      if (after === null) break;
      if (!isHarmless(way, state, after)) continue;
      const { broker, said } = otherwiseSet(state.subject, after.subject, way.edits);
      if (broker.length > 0) continue;
      if (!isMended(finding, drafts, this.drafts(after))) continue;
      const concerned = consequences(state.admitted, after.admitted);
      return { ...finding, ...told(way, [...concerned, ...said]) };
    }
    return { ...finding, edits: null };
  }
}

/** Reads a configuration with some lines changed, and opens its listeners, in memory. */
export async function stateOf(
  files: ConfigurationFiles,
  mainPath: string,
  version: string,
  edits: readonly Edit[] = [],
): Promise<State> {
  const behaviour = behaviourOf(version);
  const changed = await edited(files, edits);
  const configuration = await readConfiguration(changed.files, mainPath, version);
  if (edits.length > 0) putBack(configuration, changed.origin, new Set());
  const means = effective(configuration, version);
  const opened = means.loads ? openListeners(configuration.memory, behaviour) : [];
  const open = 'error' in opened ? [] : opened;
  const unread = configuration.gaps.filter(isUnread).map(({ path }) => path);
  return {
    files,
    edits,
    subject: { configuration, effective: means, open, behaviour, unread },
    admitted: admissions(open, configuration.memory, behaviour),
  };
}

/** What is to be done before anything else, where a part was not read. */
export const readFirst = (unread: readonly string[]): string =>
  clean(
    `First have ${listed(unread)} read as well, then audit again: what is to be done depends on what it says.`,
  );

const startFirst =
  'First put right what keeps the broker from starting, then audit again: what is to be done depends on what is meant there.';

/** Gives every place in what was read the number that its line has in the files as they are. */
function putBack(it: unknown, origin: (place: Place) => Place, seen: Set<unknown>): void {
  if (typeof it !== 'object' || it === null || seen.has(it)) return;
  seen.add(it);
  if ('file' in it && 'line' in it) Object.assign(it, origin(it as Place));
  const inside = it instanceof Map ? it.values() : Object.values(it);
  for (const one of inside) putBack(one, origin, seen);
}

/** The advice in words: what to do, who is concerned, what else there is to know. */
export function told(
  { edits, unless, first, commands, besides, lets }: Way,
  concerned: readonly string[],
): Pick<Advised, 'fix' | 'edits' | 'commands'> {
  const what = `${instructions(edits)}, then restart the broker.`;
  const words = [
    ...(unless ? [unless] : []),
    ...(first ? [first] : []),
    lets ? `To let clients in there: ${what}` : first ? `Then ${what}` : capital(what),
    ...concerned,
    ...(besides ? [besides] : []),
  ];
  return { fix: clean(words.join(' '), longest), edits, ...(commands ? { commands } : {}) };
}

const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** More lines than that are no advice that somebody follows by hand. */
const mostEdits = 60;

/** No advice is longer; what would be cut is not advised. */
const longest = 2000;

/** What is to be written can be copied from a screen as it is, and concerns lines that are there. */
export const isPlain = (edits: readonly Edit[]): boolean =>
  edits.length <= mostEdits &&
  edits.every((edit) => {
    const there = edit.action === 'append' || Number.isInteger(edit.line);
    const { action, text } = edit;
    return there && (action === 'remove' || (clean(text) === text && !text.includes('\ufffd')));
  }) &&
  instructions(edits).length < longest / 2;

function isHarmless(way: Way, before: State, after: State): boolean {
  if (before.subject.effective.loads && !after.subject.effective.loads) return false;
  const come = newlyIn(before.admitted, after.admitted);
  if (!way.lets) return come.length === 0;
  // Who was let in before under rules is not to be without them.
  const others = newlyIn(before.admitted.map(withoutRules), come.map(withoutRules));
  return others.length === come.length && come.every(({ demands }) => demands.some(isProof));
}

/** The finding is gone, and none that is critical has come. */
function isMended(
  { id }: { id: string },
  before: readonly Draft[],
  after: readonly Draft[],
): boolean {
  const count = (drafts: readonly Draft[], one: string) =>
    drafts.filter((draft) => draft.id === one).length;
  if (count(after, id) >= count(before, id)) return false;
  const bad = after.filter((one) => one.severity === 'critical');
  return bad.every((one) => count(after, one.id) <= count(before, one.id));
}
