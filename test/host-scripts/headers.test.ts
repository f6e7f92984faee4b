import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exitName, hostScript } from '../../src/host-scripts/script.ts';
import { programs, scriptFiles } from '../support/host-scripts.ts';

// What a header says of a script is so, and no file lies about unused.

const source = join(import.meta.dirname, '../../src');
const callers = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(source, name), 'utf8'))
  .join('\n');

const names = scriptFiles.map(({ name }) => name);
const includes = (body: string) => [...body.matchAll(/^\. (\S+)\.sh$/gm)].map(([, part]) => part);

test.each(scriptFiles)(
  '$name has a header: what it does in a sentence, then its arguments',
  ({ header, body, isPart }) => {
    expect(header).toMatch(isPart ? /^# Part: \S/ : /^# [A-Z].*\.$/m);
    if (!isPart && /\$[1@]|^for \w+ do$/m.test(body)) expect(header).toMatch(/^# Arguments: \S/m);
    for (const line of header.split('\n')) expect(line.length).toBeLessThanOrEqual(122);
  },
);

test('each program is run by somebody, and each part is in a program', () => {
  const asked = [...callers.matchAll(/(?:hostScript|scriptCommand)\(\s*'([^']+)'/g)];
  const either = [...callers.matchAll(/\? '([a-z/-]+)' : '([a-z/-]+)'\)/g)].flatMap(
    ([, one, other]) => [one, other],
  );
  const run = new Set([...asked.map(([, name]) => name), ...either]);
  expect(programs.map(({ name }) => name).filter((name) => !run.has(name))).toEqual([]);
  const used = new Set(scriptFiles.flatMap(({ body }) => includes(body)));
  expect(
    scriptFiles.filter(({ isPart, name }) => isPart && !used.has(name)).map(({ name }) => name),
  ).toEqual([]);
  expect([...used].filter((part) => !names.includes(part ?? ''))).toEqual([]);
});

// Of programs that are started by a script: of a function that runs by itself, of another user's shell.
const inside: Record<string, number[]> = {
  'mosquitto/service/control': [124],
  'mosquitto/trial/start': [9],
};

test.each(scriptFiles)(
  '$name names the exit statuses that it has, and no others',
  ({ name, header, body }) => {
    const named = [...header.matchAll(/^# Exit ([1-9]\d*) [a-z-]+: /gm)].map(([, code]) => code);
    const had = [...body.matchAll(/\b(?:exit|because=|return) ?([2-9]|[1-9]\d+)\b/g)]
      .map(([, code]) => code)
      .filter((code) => !inside[name]?.includes(Number(code)));
    expect(new Set(named)).toEqual(new Set(had));
  },
);

test('an exit status is called what the header calls it, also that of a part', () => {
  expect(exitName('undo/change', 0)).toBe('done');
  expect(exitName('undo/change', 12)).toBe('not-as-shown');
  expect(exitName('undo/change', 11)).toBe('lock-lost');
  expect(exitName('undo/change', 20)).toBe('nobody-waits');
  expect(exitName('undo/change', 1)).toBe(null);
  expect(exitName('undo/change', null)).toBe(null);
});

test.each(programs)(
  'of $name no header and no line that puts a part in is sent',
  ({ name, header }) => {
    const text = hostScript(name);
    expect(text).not.toContain(header.split('\n')[0]);
    expect(text).not.toMatch(/^\. \S+\.sh$/m);
  },
);
