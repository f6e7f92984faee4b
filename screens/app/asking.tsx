import { Box, useCursor } from 'ink';
import { useState } from 'react';
import type { Request } from '../../state/machine/machine.ts';
import { edit, type Field, fieldOf, insert } from '../forms/text-field.ts';
import { useLayer } from '../keys/keyboard.tsx';
import { Body } from '../parts/body.tsx';
import { GuardedMenu } from '../parts/guarded-menu.tsx';
import { Lines } from '../parts/lines.tsx';
import { useLook } from '../parts/look.tsx';
import { blank, type Line, pad, paragraph, say, wrap } from '../text/lines.ts';
import { unusable } from './unusable.ts';

type Reply = (answer: string | null) => void;

/** A question in the middle of something. Esc answers it with null, which cancels what asked. */
export function Asking(props: { request: Request; active: boolean; onReply: Reply }) {
  return props.request.kind === 'secret' ? (
    <Secret {...props} request={props.request} />
  ) : (
    <Choice {...props} request={props.request} />
  );
}

type SecretRequest = Extract<Request, { kind: 'secret' }>;
type ChoiceRequest = Extract<Request, { kind: 'choice' }>;

/** A password or passphrase: shown as stars, kept nowhere, and typed twice where it is a new one. */
function Secret(props: { request: SecretRequest; active: boolean; onReply: Reply }) {
  const { request } = props;
  const { layout } = useLook();
  const [first, setFirst] = useState<string | null>(null);
  const [field, setField] = useState<Field>(fieldOf(''));
  const [wrong, setWrong] = useState(
    request.attempt > 1 ? 'That was not right. Please type it again.' : '',
  );

  const accept = () => {
    const refused = first === null ? unusable(request, field.text) : null;
    if (refused) setWrong(`${refused} Esc goes back.`);
    else if (request.repeat && first === null) {
      setFirst(field.text);
      setField(fieldOf(''));
      setWrong('');
    } else if (request.repeat && first !== field.text) {
      setFirst(null);
      setField(fieldOf(''));
      setWrong('The two were not the same. Please type it twice again.');
    } else props.onReply(field.text);
  };
  useLayer(
    {
      mode: 'field',
      on: {
        accept,
        back: () => props.onReply(null),
        edit: (key) => setField(edit(field, key)),
        change: (key) => setField(edit(field, key)),
      },
      onText: (text) => setField((current) => insert(current, text)),
    },
    props.active,
  );

  const { x, y, width, height } = layout.body;
  const prompts = request.repeat ? ['Type it', 'Once more'] : ['Type it'];
  const column = 12;
  const stars = (count: number) => '*'.repeat(Math.min(count, width - column - 1));
  const lines: Line[] = [
    ...paragraph(request.label, width, 'strong'),
    blank,
    ...paragraph(request.help, width),
    blank,
  ];
  const cursorLine = lines.length + (first === null ? 0 : 1);
  for (const [index, prompt] of prompts.entries()) {
    const value = index === 0 ? (first ?? field.text) : first === null ? '' : field.text;
    lines.push([{ text: pad(prompt, column), tone: 'quiet' }, { text: stars([...value].length) }]);
  }
  lines.push(blank, ...(wrong ? paragraph(wrong, width, 'warning') : []));
  // What is asked may be long; where it is typed is in view all the same.
  const top = Math.max(0, Math.min(lines.length - height, cursorLine - height + 4));

  const { setCursorPosition } = useCursor();
  const cell = column + stars([...field.text.slice(0, field.cursor)].length).length;
  setCursorPosition(props.active ? { x: x + cell, y: y + cursorLine - top } : undefined);
  return (
    <Box flexDirection="column" width={width} height={height} overflow="hidden">
      <Lines lines={lines.slice(top, top + height)} width={width} />
    </Box>
  );
}

/** For example a host key that is seen for the first time. The safe choice is the one marked. */
function Choice(props: { request: ChoiceRequest; active: boolean; onReply: Reply }) {
  const { request, active, onReply } = props;
  const { width } = useLook().layout.body;
  useLayer({ mode: 'list', on: { back: () => onReply(null) } }, active);
  // The title has where one is in the text beside it.
  const [title = '', ...rest] = wrap(request.label, width - 24);
  const lines: Line[] = [
    ...rest.map((line) => say(line, 'strong')),
    blank,
    ...paragraph(request.help, width),
    blank,
    ...request.lines.map((line) => say(line, 'strong')),
  ];
  const limit = Math.min(request.choices.length, 4);
  const marked = request.choices.findIndex(({ value }) => value === request.safe);
  const safe = request.choices[Math.max(0, marked)]?.value;
  return (
    <Body title={title} lines={lines} below={limit} active={active}>
      {(reading) => (
        <GuardedMenu
          items={request.choices}
          agrees={(value) => value !== safe}
          reading={reading}
          width={width}
          limit={limit}
          active={active}
          initial={Math.max(0, marked)}
          onSelect={onReply}
        />
      )}
    </Body>
  );
}
