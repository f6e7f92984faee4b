import type { Place } from '../../config/model/place.ts';
import { type Admission, isProof, newlyIn } from '../../effective/admission.ts';
import { type Advised, type Draft, found, listed, type Way } from '../advice/finding.ts';
import { isPlain, readFirst, type State, type Trials, told } from '../advice/follow.ts';
import { repairs } from '../advice/loading.ts';

/** More faults than this are told when the first ones are put right. */
const most = 20;

/**
 * Every fault of a configuration that does not load, and what the configuration is with all of them put
 * right in memory, each as it is advised: null where one cannot be by changing lines. What is advised lets
 * in nobody without a name where another way would not.
 */
export async function faultsOf(
  start: State,
  trials: Trials,
): Promise<{ findings: Advised[]; repaired: State | null }> {
  const findings: Advised[] = [];
  let state = start;
  while (findings.length < most) {
    const { firstError, firstErrorAt, loads } = state.subject.effective;
    if (loads) return { findings, repaired: onlyRead(state) };
    const { mainPath } = state.subject.configuration;
    const at = firstErrorAt ?? { file: mainPath, line: 1 };
    const advice = repairs(firstError ?? '', at, state.subject, await listenerAhead(state, at));
    const mended = await mildest(state, advice.ways, trials);
    const finding = faultAt(at, findings.length === 0, state, advice.otherwise);
    const { unread } = state.subject;
    // Lines are advised only where all is known that stands beside them.
    const known = !state.assumed && !mended?.way.assumed && unread.length === 0;
    const tried = mended && known ? told(mended.way, []) : {};
    findings.push({ ...finding, edits: null, ...tried });
    if (mended === null) break;
    state = known ? mended.after : { ...mended.after, assumed: true };
  }
  const last = findings.at(-1);
  if (last) findings.push(notLookedAt(last));
  return { findings, repaired: null };
}

/** The broker's complaint as it stands; what was not read can end one that no line makes by itself. */
function faultAt(at: Place, isFirst: boolean, state: State, otherwise: string): Draft {
  const { effective, unread } = state.subject;
  const words = `It says: ${(effective.firstError ?? '').replace(/\.?$/, '.')}`;
  const id = isFirst ? 'does-not-load' : 'does-not-load-either';
  if (unread.length > 0 && isOfWhole(state))
    return found(
      id,
      'critical',
      at,
      `With what was read the broker does not start; what was not read (${listed(unread)}) can change that. ${words}`,
      readFirst(unread),
    );
  const begin = isFirst
    ? 'The broker does not start with this configuration.'
    : 'Once what is said above is put right, the broker still does not start.';
  return found(id, 'critical', at, `${begin} ${words}`, otherwise);
}

/** Where a part was not read, a listener that is only proposed is not spoken of: that part may open another. */
function onlyRead(state: State): State {
  const { subject } = state;
  if (subject.unread.length === 0) return state;
  const open = subject.open.filter(
    ({ configured: { at } }) => at === null || Number.isInteger(at.line),
  );
  return { ...state, subject: { ...subject, open } };
}

/** Whether a complaint is about all that was read together, not about a line as the broker comes to it. */
function isOfWhole({ subject: { configuration, effective } }: State): boolean {
  const words = effective.firstError ?? '';
  return configuration.error === null || /certfile and keyfile/.test(words);
}

/** Where reading ended for good nothing is known of what comes after: no all-clear. */
const notLookedAt = ({ file, line }: Advised): Advised => ({
  ...found(
    'not-looked-at',
    'critical',
    { file, line },
    'What else is wrong with this configuration, and whom it would let in, was not looked at.',
    'Put right what is said of this line, then audit again.',
  ),
  edits: null,
});

/** Of the ways that end a complaint, the first that no other is more closed than. */
async function mildest(
  state: State,
  ways: readonly Way[],
  trials: Trials,
): Promise<{ way: Way; after: State } | null> {
  const tried: { way: Way; after: State }[] = [];
  for (const way of ways) {
    if (way.edits.length === 0 || !isPlain(way.edits)) continue;
    const after = await trials.with(state, way.edits);
    if (after && isPast(state, after)) tried.push({ way, after });
  }
  if (tried.length < 2) return tried[0] ?? null;
  const all: ((typeof tried)[number] & { admitted: Admission[] })[] = [];
  for (const one of tried) {
    const admitted = await settled(one.after, trials);
    // The last way is the one that closes or takes away: for where it is not known whom they let in.
    if (admitted === null) return tried.at(-1) ?? null;
    all.push({ ...one, admitted: nameless(admitted) });
  }
  const [best] = all.filter((one) =>
    all.every(
      (other) =>
        newlyIn(other.admitted, one.admitted).length === 0 ||
        newlyIn(one.admitted, other.admitted).length > 0,
    ),
  );
  return best ?? null;
}

const nameless = (admitted: readonly Admission[]) =>
  admitted.filter(({ demands }) => demands.every((one) => !isProof(one)));

/**
 * Whom a configuration lets in when what still keeps it from starting is put right in the likeliest way;
 * null where that does not make it start.
 */
async function settled(state: State, trials: Trials): Promise<Admission[] | null> {
  let now = state;
  for (let count = 0; count < 5 * most; count += 1) {
    const { loads, firstError, firstErrorAt } = now.subject.effective;
    if (loads) return now.admitted;
    if (!firstErrorAt) return null;
    const ahead = await listenerAhead(now, firstErrorAt);
    const { ways } = repairs(firstError ?? '', firstErrorAt, now.subject, ahead);
    let next: State | null = null;
    for (const { edits } of ways) {
      if (next !== null || edits.length === 0) continue;
      const after: State | null = await trials.with(now, edits);
      if (after && isPast(now, after)) next = after;
    }
    if (next === null) return null;
    now = next;
  }
  return null;
}

/** Whether the broker goes beyond what it complained about. */
function isPast(before: State, after: State): boolean {
  const { loads, firstError, firstErrorAt: at } = after.subject.effective;
  const { firstError: error, firstErrorAt: from } = before.subject.effective;
  return loads || firstError !== error || at?.file !== from?.file || at?.line !== from?.line;
}

/** The next `listener` line below a place, read or not. */
async function listenerAhead(state: State, { file, line }: Place): Promise<Place | undefined> {
  const bytes = await state.files.read(file);
  const lines = Buffer.from(bytes ?? [])
    .toString('latin1')
    .split('\n');
  const index = lines.findIndex((text, at) => at >= line && /^ *listener +\d/.test(text));
  return index < 0 ? undefined : { file, line: index + 1 };
}
