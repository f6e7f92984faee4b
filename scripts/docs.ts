// `npm run docs`: docs/keys.md and docs/answers.md, from the tables that the program itself goes by. The build of the
// tests fails while they are stale (test/docs.test.ts).
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { bindings } from '../screens/keys/key-table.ts';
import { glyphsFor } from '../screens/text/glyphs.ts';
import { answersSchema } from '../src/steps/answers/answers.ts';

const root = new URL('..', import.meta.url);

/** The pages by their path in the project. */
export function pages(): Map<string, string> {
  const schema = z.toJSONSchema(answersSchema, { io: 'input', unrepresentable: 'any' });
  return new Map([
    ['docs/keys.md', keys()],
    ['docs/answers.md', answers(schema as Field)],
    ['docs/answers.schema.json', `${JSON.stringify(schema, null, 2)}\n`],
  ]);
}

const where: Record<string, string> = {
  list: 'a list or a plan',
  form: 'questions',
  field: 'a text that is typed',
  overlay: 'help',
  commands: 'the commands by hand',
  live: 'the live pane',
};

function keys(): string {
  const glyphs = glyphsFor({ LANG: 'C.UTF-8' });
  const rows = bindings.map(
    (one) =>
      `| \`${one.shown(glyphs)}\` | ${one.modes.map((mode) => where[mode] ?? mode).join(', ')} | ${one.help} |`,
  );
  return [
    '# Keys',
    '',
    'Made by `npm run docs` from the table that the program goes by. `?` shows it in the program.',
    '',
    '| key | where | what it does |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

interface Field {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Field>;
  items?: Field;
}

function answers(schema: Field): string {
  return [
    '# The answers file',
    '',
    'Made by `npm run docs` from the schema that the program reads it with. `lockstep answers` prints those of a set-up;',
    '`lockstep run --answers FILE` takes them. It is YAML; what is left out has its default; nothing secret belongs in it.',
    'For an editor that checks while one types there is [answers.schema.json](answers.schema.json).',
    '',
    '| field | value | default | what it is |',
    '|---|---|---|---|',
    ...rowsOf(schema, ''),
    '',
  ].join('\n');
}

/** A row for each field that has a value of its own; fields of a list are called `clients[].name`. */
function rowsOf(field: Field, path: string): string[] {
  return Object.entries(field.properties ?? {}).flatMap(([key, one]) => {
    const name = path === '' ? key : `${path}.${key}`;
    if (one.properties) return rowsOf(one, name);
    const row = `| \`${name}\` | ${allowed(one)} | ${defaultOf(one)} | ${one.description ?? ''} |`;
    return [row, ...(one.items ? rowsOf(one.items, `${name}[]`) : [])];
  });
}

function allowed({ type, enum: words, minimum, maximum, items }: Field): string {
  if (words) return words.map((word) => `\`${word}\``).join(', ');
  if (items) return 'a list';
  if (type === 'integer') return `${minimum} to ${maximum}`;
  return type === 'boolean' ? '`true`, `false`' : 'text';
}

const defaultOf = (field: Field): string =>
  'default' in field && field.default !== '' ? `\`${JSON.stringify(field.default)}\`` : '';

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [path, text] of pages()) writeFileSync(new URL(path, root), text);
