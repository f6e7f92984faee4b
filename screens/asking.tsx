import { Box, useCursor } from 'ink';
import { useState } from 'react';
import type { Request } from '../state/machine.ts';
import { useLayer } from './keyboard.tsx';
import { blank, type Line, pad, paragraph, say } from './lines.ts';
import { useLook } from './look.tsx';
import { Lines, Row } from './parts/lines.tsx';
import { Menu } from './parts/menu.tsx';
import { edit, type Field, fieldOf, insert } from './text-field.ts';

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
    if (field.text === '' && first === null) {
      if (request.mayBeEmpty) props.onReply('');
      else setWrong('It cannot be empty. Esc goes back.');
    } else if (request.repeat && first === null) {
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
  const lines: Line[] = [...paragraph(request.help, width), blank];
  const cursorLine = lines.length + (first === null ? 0 : 1);
  for (const [index, prompt] of prompts.entries()) {
    const value = index === 0 ? (first ?? field.text) : first === null ? '' : field.text;
    lines.push([{ text: pad(prompt, column), tone: 'quiet' }, { text: stars([...value].length) }]);
  }
  lines.push(blank, ...(wrong ? paragraph(wrong, width, 'warning') : []));
  if (request.mayBeEmpty && first === null)
    lines.push(...paragraph('Enter alone: none.', width, 'quiet'));

  const { setCursorPosition } = useCursor();
  const cell = column + stars([...field.text.slice(0, field.cursor)].length).length;
  setCursorPosition(props.active ? { x: x + cell, y: y + 2 + cursorLine } : undefined);
  return (
    <Box flexDirection="column" width={width} height={height} overflow="hidden">
      <Row line={say(request.label, 'strong')} width={width} />
      <Box height={1} />
      <Lines lines={lines} width={width} />
    </Box>
  );
}

/** For example a host key that is seen for the first time. The safe choice is the one marked. */
function Choice(props: { request: ChoiceRequest; active: boolean; onReply: Reply }) {
  const { request } = props;
  const { layout } = useLook();
  const { width, height } = layout.body;
  useLayer({ mode: 'list', on: { back: () => props.onReply(null) } }, props.active);
  const lines: Line[] = [
    ...paragraph(request.help, width),
    blank,
    ...request.lines.map((line) => say(line, 'strong')),
  ];
  const limit = Math.min(request.choices.length, 4);
  const safe = request.choices.findIndex(({ value }) => value === request.safe);
  return (
    <Box flexDirection="column" width={width} height={height} overflow="hidden">
      <Row line={say(request.label, 'strong')} width={width} />
      <Box height={1} flexShrink={0} />
      <Lines lines={lines.slice(0, height - limit - 3)} width={width} />
      <Box height={1} flexShrink={0} />
      <Menu
        items={request.choices}
        width={width}
        limit={limit}
        active={props.active}
        initial={Math.max(0, safe)}
        onSelect={(value) => props.onReply(value)}
      />
    </Box>
  );
}
