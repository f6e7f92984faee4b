import { isMap, isScalar, LineCounter, parseDocument, stringify, visit } from 'yaml';
import type * as z from 'zod';
import { Trouble } from '../../errors/trouble.ts';
import { clean } from '../../text/clean.ts';
import { pathFaults } from './answer-paths.ts';
import { type Answers, answersSchema } from './answers.ts';

/** An answers file that is not right: every fault with its line, none of it used. */
export class AnswersTrouble extends Trouble {
  override readonly name = 'AnswersTrouble';
}

/** The answers in a YAML text; what it leaves out has its default. Lists every fault it has. */
export function parseAnswers(text: string, file: string): Answers {
  const counter = new LineCounter();
  // That a key stands there once is looked at below: the library compares each with every other.
  const options = { lineCounter: counter, prettyErrors: false, uniqueKeys: false };
  const document = parseDocument(text, options);
  const at = (offset: number) => counter.linePos(offset).line;
  if (document.errors.length > 0)
    throw refused(
      file,
      document.errors.map((error) => ({ line: at(error.pos[0]), text: error.message })),
    );
  const odd: Fault[] = [];
  visit(document, {
    // References multiply: a few lines can stand for more than fits into memory.
    Alias: (_, { range }) => {
      odd.push({ line: at(range?.[0] ?? 0), text: 'references ("*name") are not read here' });
    },
    Map: (_, { items }) => {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name))
          odd.push({ line: at(key.range?.[0] ?? 0), text: `"${name}" is there twice` });
        seen.add(name);
      }
    },
  });
  if (odd.length > 0) throw refused(file, odd);
  const result = answersSchema.safeParse(document.toJS({ maxAliasCount: 0 }) ?? {});
  if (result.success) {
    const paths = pathFaults(result.data).map(({ at: field, problem }) => ({
      line: lineOf(document, [...field], at),
      text: `${field.join('.')}: ${problem}`,
    }));
    if (paths.length > 0) throw refused(file, paths);
    return result.data;
  }
  const { issues } = result.error;
  throw refused(
    file,
    issues
      .slice(0, mostFaults)
      .flatMap((issue) => faults(issue, (path) => lineOf(document, path, at))),
    issues.reduce(
      (sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1),
      0,
    ),
  );
}

/** Whether such a text says for which broker it is; it is one that `parseAnswers` takes. */
export const namesBroker = (text: string): boolean => parseDocument(text).has('broker');

/** The answers as a YAML text that `parseAnswers` reads back; it holds no secret. */
export function formatAnswers(answers: Answers): string {
  const head = '# Answers for "lockstep run --answers THIS-FILE". No secret is in here.';
  const of = answers.names
    ? '# "names" are those of this broker: for another one (--broker) they do not count.\n'
    : '';
  return `${head}\n${of}${stringify(answers)}${besides(answers)}`;
}

/** The fields that have no value unless one is chosen, as comments. */
function besides({ identity, unit, names, authority, clients }: Answers): string {
  const lines = [
    ...(identity ? [] : ['identity: FILE (the private key for SSH)']),
    ...(unit ? [] : ['unit: SERVICE (where several brokers run on that machine)']),
    ...(names ? [] : ['names: [NAME-OR-ADDRESS] (of the broker, for its certificate)']),
    ...(authority.folder ? [] : ['authority: {folder: FOLDER} (where its key is kept)']),
    ...(clients.some(({ folder }) => folder)
      ? []
      : ['clients: [{folder: FOLDER}] (for its files)']),
  ];
  return lines.length === 0 ? '' : `${['# Also possible:', ...lines].join('\n#   ')}\n`;
}

interface Fault {
  line: number;
  text: string;
}

function faults(issue: z.core.$ZodIssue, line: (path: PropertyKey[]) => number): Fault[] {
  const where = issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, mostFaults).map((key) => ({
      line: line([...issue.path, key]),
      text: `${where}there is no field "${key}"`,
    }));
  return [{ line: line(issue.path), text: `${where}${issue.message}` }];
}

type Document = ReturnType<typeof parseDocument>;

/** The line of the field at a path, or of the nearest one around it that exists. */
function lineOf(document: Document, path: PropertyKey[], at: (offset: number) => number): number {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair && isScalar(pair.key) && pair.key.range) return at(pair.key.range[0]);
    }
    const node = document.getIn(path.slice(0, length), true) as { range?: [number] } | undefined;
    if (node?.range) return at(node.range[0]);
  }
  return 1;
}

/** Faults that are listed; who has more begins with these. */
const mostFaults = 40;

function refused(file: string, found: Fault[], all = found.length): AnswersTrouble {
  const list = [...found]
    .sort((a, b) => a.line - b.line)
    .slice(0, mostFaults)
    .map((fault) => `line ${fault.line}: ${clean(fault.text, 160)}`);
  if (all > list.length) list.push(`and ${all - list.length} more`);
  const count = all === 1 ? 'one fault' : `${all} faults`;
  return new AnswersTrouble(`The answers file ${clean(file, 120)} has ${count}.`, {
    likely: 'A field is misspelt, or its value is not one of those allowed.',
    next: 'Put these lines right; nothing was done. "lockstep answers" prints every field.',
    detail: list.join('\n'),
    exitCode: 2,
  });
}
