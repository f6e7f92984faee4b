import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { troubleText } from '../../src/commands/trouble-text.ts';
import { asTrouble, systemTrouble } from '../../src/errors/system-trouble.ts';
import { Trouble } from '../../src/errors/trouble.ts';
import { troubleView } from '../../state/session/trouble-view.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-system-'));
  symlinkSync('loop', join(folder, 'loop'));
  writeFileSync(join(folder, 'file'), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What reading a file meets, as the system says it. */
function met(path: string): unknown {
  try {
    readFileSync(path);
  } catch (error) {
    return error;
  }
  throw new Error(`${path} can be read`);
}

test.each([
  ['none', /\/none is not there\.$/],
  ['file/x', /\/file\/x cannot be reached\.$/],
  ['loop', /\/loop cannot be reached\.$/],
  ['x'.repeat(300), / has too long a name\.$/],
  ['', /^A file on this machine is a folder\.$/],
])('what the system says of "%s" is told in words', (name, what) => {
  const error = met(join(folder, name));
  const trouble = systemTrouble(error);
  expect(trouble?.message.replace(/…/, 'x')).toMatch(name.length > 200 ? / has too|…/ : what);
  expect(trouble?.message).not.toMatch(/\bE[A-Z]{3,}/);
  expect(troubleText(error).join('\n')).not.toMatch(/inside Lockstep|^\s+at /m);
  expect(troubleView(error)).toMatchObject({ what: trouble?.message, next: trouble?.next });
});

test.each(['EACCES', 'EPERM', 'ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE', 'ENFILE', 'EIO'])(
  '%s has a likely cause, and what to do',
  (code) => {
    const error = Object.assign(new Error(code), { code, syscall: 'open', path: '/f\u001B[2J' });
    const trouble = systemTrouble(error);
    expect(trouble?.message).toMatch(/^\/f·\[2J \S/);
    expect(trouble?.likely).toMatch(/^\S.*\.$/);
    expect(trouble?.next).toMatch(/^\S.*\.$/);
  },
);

test('a defect stays one, and a Trouble what it is', () => {
  expect(asTrouble(new TypeError('x'))).toBe(null);
  expect(asTrouble(Object.assign(new Error('x'), { code: 'ERR_X', syscall: 'open' }))).toBe(null);
  expect(asTrouble('EACCES')).toBe(null);
  const trouble = new Trouble('Told.');
  expect(asTrouble(trouble)).toBe(trouble);
});
