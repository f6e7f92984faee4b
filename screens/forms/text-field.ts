import stringWidth from 'string-width';

/** Text that is being typed. `cursor` counts UTF-16 units and never stands inside a character. */
export interface Field {
  text: string;
  cursor: number;
}

export const fieldOf = (text: string): Field => ({ text, cursor: text.length });

/** Puts text in at the cursor; control and invisible characters are left out. */
export function insert(field: Field, text: string): Field {
  const added = text.replace(/[\p{Cc}\p{Cf}]/gu, '');
  return {
    text: field.text.slice(0, field.cursor) + added + field.text.slice(field.cursor),
    cursor: field.cursor + added.length,
  };
}

/** What an editing key makes of a field; unknown keys change nothing. Keys as in keys.ts. */
export function edit(field: Field, key: string): Field {
  const { text, cursor } = field;
  switch (key) {
    case 'left':
      return { text, cursor: before(text, cursor) };
    case 'right':
      return { text, cursor: after(text, cursor) };
    case 'home':
    case 'ctrl-a':
      return { text, cursor: 0 };
    case 'end':
    case 'ctrl-e':
      return { text, cursor: text.length };
    case 'backspace':
      return cutOut(field, before(text, cursor), cursor);
    case 'delete':
      return cutOut(field, cursor, after(text, cursor));
    case 'ctrl-u':
      return cutOut(field, 0, cursor);
    case 'ctrl-k':
      return cutOut(field, cursor, text.length);
    case 'ctrl-w':
      return cutOut(field, text.slice(0, cursor).replace(/\S*\s*$/u, '').length, cursor);
    default:
      return field;
  }
}

/**
 * A field on rows of at most `width` cells, the whole of it, and the cell that the cursor is in. One
 * cell is kept free for a cursor after the last character.
 */
export function laidOut(field: Field, width: number): { rows: string[]; x: number; y: number } {
  const rows = [''];
  let [x, y] = [0, 0];
  for (const { segment, index } of segmenter.segment(field.text)) {
    if (stringWidth((rows.at(-1) ?? '') + segment) > width - 1) rows.push('');
    if (index <= field.cursor) [x, y] = [stringWidth(rows.at(-1) ?? ''), rows.length - 1];
    rows.push((rows.pop() ?? '') + segment);
  }
  if (field.cursor >= field.text.length) [x, y] = [stringWidth(rows.at(-1) ?? ''), rows.length - 1];
  return { rows, x, y };
}

const cutOut = (field: Field, from: number, to: number): Field => ({
  text: field.text.slice(0, from) + field.text.slice(to),
  cursor: from,
});

const segmenter = new Intl.Segmenter();

/** Where the character before `position` begins. */
function before(text: string, position: number): number {
  const last = [...segmenter.segment(text.slice(0, position))].at(-1);
  return last ? last.index : 0;
}

/** Where the character at `position` ends. */
function after(text: string, position: number): number {
  const [first] = segmenter.segment(text.slice(position));
  return first ? position + first.segment.length : text.length;
}
