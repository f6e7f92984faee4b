import { Box, useCursor } from 'ink';
import { useState } from 'react';
import type { Answers } from '../../src/steps/answers/answers.ts';
import type { Question } from '../../src/steps/contract/question.ts';
import { useLayer } from '../keys/keyboard.tsx';
import { Lines, Row } from '../parts/lines.tsx';
import { useLook } from '../parts/look.tsx';
import { formLines } from './form-lines.ts';
import { edit, type Field, fieldOf, insert } from './text-field.ts';

/** What has been typed so far, by question; kept by whoever shows the form, so Esc loses nothing. */
export type Drafts = Map<string, string>;

/**
 * All questions of a step on one screen. Enter goes from one to the next and at the end hands the
 * answers over; nothing that `question.check` refuses is handed over.
 */
export function Form(props: {
  title: string;
  questions: readonly Question[];
  answers: Answers;
  drafts: Drafts;
  done: string;
  active: boolean;
  onDone(answers: Answers): void;
  onCancel(): void;
}) {
  const { glyphs, layout } = useLook();
  const { questions, drafts } = props;
  const draftOf = (question: Question) => drafts.get(question.id) ?? question.get(props.answers);
  const [at, setAt] = useState(0);
  const [field, setField] = useState(() => fieldOf(questions[0] ? draftOf(questions[0]) : ''));
  const question = questions[at];

  const move = (to: number) => {
    const target = Math.max(0, Math.min(to, questions.length));
    setAt(target);
    setField(fieldOf(questions[target] ? draftOf(questions[target]) : ''));
  };
  const change = (changed: Field) => {
    if (question) drafts.set(question.id, changed.text);
    setField(changed);
  };
  const submit = () => {
    const wrong = questions.findIndex((one) => one.check(draftOf(one)) !== undefined);
    if (wrong >= 0) return move(wrong);
    const answers = questions.reduce((all, one) => one.set(all, draftOf(one)), props.answers);
    drafts.clear();
    props.onDone(answers);
  };
  const accept = () => {
    if (!question) return submit();
    if (question.check(field.text) === undefined) move(at + 1);
  };
  const onEdit = (key: string) => {
    if (question?.kind === 'choice') change(fieldOf(turned(question, field.text, key)));
    else change(edit(field, key));
  };

  useLayer(
    {
      mode: 'form',
      on: {
        'next-field': () => move(at + 1),
        'previous-field': () => move(at - 1),
        change: onEdit,
        edit: onEdit,
        accept,
        back: props.onCancel,
      },
      onText: (text) => {
        if (!question) return;
        if (question.kind !== 'choice') change(insert(field, text));
        else if (text === ' ') onEdit('right');
      },
    },
    props.active,
  );

  const { width, height, x, y } = layout.body;
  const drawn = formLines({ questions, draftOf, at, field, done: props.done, width, glyphs });
  const top = Math.max(0, Math.min(drawn.lines.length - (height - 1), drawn.focus - (height - 4)));
  const { setCursorPosition } = useCursor();
  setCursorPosition(
    props.active && drawn.cursor
      ? { x: x + drawn.cursor.x, y: y + 1 + drawn.cursor.y - top }
      : undefined,
  );
  return (
    <Box flexDirection="column" width={width} height={height} overflow="hidden">
      <Row line={[{ text: props.title, tone: 'strong' }]} width={width} />
      <Lines lines={drawn.lines.slice(top, top + height - 1)} width={width} />
    </Box>
  );
}

/** The choice after, or before, this one. */
function turned(question: Question, value: string, key: string): string {
  const values = (question.choices ?? []).map((choice) => choice.value);
  const step = key === 'left' ? -1 : key === 'right' ? 1 : 0;
  const index = (values.indexOf(value) + step + values.length) % values.length;
  return values[index] ?? value;
}
