import type { Request } from '../../state/machine/machine.ts';
import { unusable } from '../app/unusable.ts';
import type { PlainInput } from './input.ts';
import type { PlainTalk } from './talk.ts';

/** Asks what came up in the middle of something. Null gives up what asked. */
export async function plainAnswer(
  request: Request,
  talk: PlainTalk,
  input: PlainInput,
): Promise<string | null> {
  talk.say(request.label);
  talk.say(request.help);
  return request.kind === 'choice' ? choice(request, talk, input) : secret(request, talk, input);
}

/** For example a host key that is seen for the first time: Enter alone is the safe choice. */
async function choice(
  { lines, choices, safe }: Extract<Request, { kind: 'choice' }>,
  talk: PlainTalk,
  input: PlainInput,
): Promise<string | null> {
  for (const line of lines)
    if (line.startsWith(' ')) talk.asTheyAre([line]);
    else talk.say(line);
  const standard = Math.max(
    0,
    choices.findIndex(({ value }) => value === safe),
  );
  await input.quiet();
  const chosen = await talk.choose('Which?', choices, input, { standard, between: true });
  return typeof chosen === 'number' ? (choices[chosen]?.value ?? null) : null;
}

async function secret(
  request: Extract<Request, { kind: 'secret' }>,
  talk: PlainTalk,
  input: PlainInput,
): Promise<string | null> {
  if (request.attempt > 1) talk.say('That was not right. Please type it again.');
  for (;;) {
    const first = await talk.hidden('Type it (it is not shown; Ctrl-D goes back): ', input);
    if (first === null) return null;
    const refused = unusable(request, first);
    if (refused) talk.say(refused);
    else if (!request.repeat) return first;
    else {
      const second = await talk.hidden('Once more: ', input);
      if (second === null || second === first) return second;
      talk.say('The two were not the same. Please type it twice again.');
    }
  }
}
