import { afterEach, describe, expect, test } from 'vitest';
import { FakeSession } from '../../support/screens/fake-session.ts';
import { answers, at, questions, scenes } from '../../support/screens/scenes.ts';
import { type Shown, show } from '../../support/screens/show.tsx';

let shown: Shown;
afterEach(() => shown.close());

const scene = (name: string): FakeSession => {
  const make = scenes[name];
  if (!make) throw new Error(`no scene ${name}`);
  return make();
};

const open = (session: FakeSession, options = {}): FakeSession => {
  shown = show(session, options);
  return session;
};

describe('choosing', () => {
  test('Enter alone on the first screen opens the practice broker', async () => {
    const session = open(scene('welcome, fresh'));
    await shown.seen('Practice broker');
    await shown.press('enter');
    await expect
      .poll(() => session.sent)
      .toMatchObject([{ type: 'choose', answers: { broker: 'practice' } }]);
  });

  test('keys that arrive together are taken one after the other', async () => {
    const session = open(scene('planned'));
    await shown.seen('Not now');
    shown.type('\u001B[B\r');
    await shown.seen('Show what will change');
    await expect.poll(() => session.sent).toEqual([{ type: 'decline' }]);
  });

  test('the first choice at the end is not to leave', async () => {
    for (const name of ['finished', 'finished before']) {
      const session = open(scene(name));
      await shown.seen('Secured.');
      await shown.press('enter', 'enter');
      await expect.poll(() => session.sent).toContainEqual({ type: 'act' });
      let left = false;
      void shown.ended.then(() => {
        left = true;
      });
      await shown.frame();
      expect(left).toBe(false);
      await shown.close();
    }
  });

  test('a broker over SSH is typed, checked, and kept when Esc goes back', async () => {
    const session = open(scene('welcome, fresh'));
    await shown.seen('A broker over SSH');
    await shown.press('down', 'enter');
    await shown.seen('Where is the broker?');
    await shown.press('enter');
    await shown.seen('Say where it is');
    shown.type('pi@rock-4seq');
    await shown.press('backspace', 'esc');
    await shown.seen('Practice broker');
    await shown.press('down', 'enter');
    await shown.seen('pi@rock-4se');
    await shown.press('enter', 'enter', 'enter');
    await expect
      .poll(() => session.sent)
      .toMatchObject([{ type: 'choose', answers: { broker: 'pi@rock-4se' } }]);
  });

  test('what cannot be chosen yet says why and does nothing', async () => {
    const session = open(scene('ready, with answers'));
    await shown.seen('when this step is done');
    await shown.press('up', 'enter');
    expect(session.sent).toEqual([]);
  });

  test('Esc leaves a plan without doing it, and b goes to the step before', async () => {
    const session = open(scene('planned'));
    await shown.seen('Not now');
    await shown.press('esc');
    await shown.seen('Show what will change');
    await shown.press('b');
    await expect
      .poll(() => session.sent)
      .toEqual([{ type: 'decline' }, { type: 'go', step: 'distribute' }]);
  });

  test('r tries again what failed; where nothing failed it says so', async () => {
    const session = open(scene('failed'));
    await shown.seen('Try again');
    await shown.press('r');
    await expect.poll(() => session.sent).toEqual([{ type: 'retry' }]);
    await shown.close();
    open(scene('ready, done'));
    await shown.seen('Go on to');
    await shown.press('r');
    await shown.seen('nothing waits to be tried again');
  });
});

describe('overlays', () => {
  test('? explains the screen and every key; any key closes it', async () => {
    open(scene('ready, with answers'));
    await shown.seen('Make the authority');
    await shown.press('?');
    await shown.seen('In lists');
    await shown.press('x');
    await shown.seen('Make the authority');
  });

  test('c shows the commands without frames, p has them printed on leaving', async () => {
    const command = `openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=a b' -keyout client01.key`;
    open(new FakeSession({ answers, questions, events: at('authority'), commands: [command] }));
    await shown.seen('Make the authority');
    await shown.press('c');
    await shown.seen(': what you would type');
    const text = shown.lines().slice(2, 20).join('\n');
    expect(text.replace(/ \\\n\s+/g, ' ')).toContain(command);
    await shown.press('p');
    await shown.seen('printed when you leave');
    await shown.press('q');
    expect(await shown.ended).toEqual({ how: 'left', commands: ['# Authority', command] });
  });
});

describe('leaving', () => {
  test('q leaves and puts the terminal back', async () => {
    open(scene('ready, done'));
    await shown.seen('Go on to');
    await shown.press('q');
    expect(await shown.ended).toEqual({ how: 'left', commands: [] });
    expect(shown.output.text).toMatch(/\u001B\[\?1049l/);
    expect(shown.output.text).toMatch(/\u001B\[\?25h$|\u001B\[\?25h/);
    expect(shown.output.text.lastIndexOf('\u001B[?2004l')).toBeGreaterThan(
      shown.output.text.lastIndexOf('\u001B[?2004h'),
    );
  });

  test('Ctrl-C leaves at once where nothing is being changed', async () => {
    open(scene('checking'));
    await shown.seen('Looking at how things are');
    await shown.press('ctrl-c');
    expect((await shown.ended).how).toBe('interrupted');
  });

  test('Ctrl-C while something is changed waits for it', async () => {
    const session = open(scene('applying'));
    await shown.seen('Writing access.conf');
    await shown.press('ctrl-c');
    await shown.seen('Finishing "Harden"');
    session.happen({
      type: 'failed',
      step: 'harden',
      trouble: { what: 'No.', likely: '', next: '', detail: '' },
    });
    expect((await shown.ended).how).toBe('interrupted');
  });

  test('the second Ctrl-C does not wait', async () => {
    open(scene('applying'));
    await shown.seen('Writing access.conf');
    shown.type('\u0003\u0003');
    expect((await shown.ended).how).toBe('interrupted');
  });

  test('in a text field q is a letter', async () => {
    open(scene('welcome, fresh'));
    await shown.seen('A broker over SSH');
    await shown.press('down', 'enter', 'q');
    await shown.until((screen) => /Address +q/.test(screen));
  });
});

describe('questions of a step', () => {
  const form = async (): Promise<FakeSession> => {
    const session = open(scene('ready, with answers'));
    await shown.seen('Change the answers');
    await shown.press('down', 'enter');
    await shown.seen('Keep these answers');
    return session;
  };

  test('Enter goes through them all and keeps them', async () => {
    const session = await form();
    shown.type('Example Ltd');
    await shown.press('enter', 'enter', 'right', 'enter', 'enter', 'enter');
    await expect
      .poll(() => session.sent)
      .toMatchObject([
        {
          type: 'answer',
          answers: { authority: { subject: { organization: 'Example Ltd' }, key: 'rsa-2048' } },
        },
      ]);
  });

  test('a wrong answer is said and not kept', async () => {
    const session = await form();
    await shown.press('down', 'down', 'down', 'ctrl-u');
    shown.type('many');
    await shown.press('enter', 'down', 'enter');
    await shown.seen('A whole number');
    expect(session.sent).toEqual([]);
  });

  test('Esc keeps what was typed', async () => {
    await form();
    shown.type('Half');
    await shown.press('esc');
    await shown.seen('Make the authority');
    await shown.press('down', 'enter');
    await shown.until((screen) => /Organization +Half/.test(screen));
  });

  test('a pasted text of several lines becomes one line and submits nothing', async () => {
    const session = await form();
    shown.type('\u001B[200~one\r\ntwo\r\u001B[201~');
    await shown.frame();
    await shown.until((screen) => /Organization +one two/.test(screen));
    expect(session.sent).toEqual([]);
  });

  test('the cursor of the terminal stands in the field', async () => {
    await form();
    shown.type('abc');
    await shown.press('left');
    const { x, y } = shown.cursor();
    expect(shown.lines()[y]?.slice(0, x + 1)).toMatch(/Organization +abc$/);
  });
});

describe('secrets', () => {
  test('are masked, typed twice, sent once, and never on the screen', async () => {
    const session = open(scene('secret'));
    await shown.seen('A passphrase');
    shown.type('hunter2q');
    await shown.seen('********');
    await shown.press('enter');
    shown.type('hunter2x');
    await shown.press('enter');
    await shown.seen('not the same');
    shown.type('hunter2q');
    await shown.press('enter');
    shown.type('hunter2q');
    await shown.press('enter');
    await expect.poll(() => session.replies).toEqual(['hunter2q']);
    expect(shown.output.text).not.toContain('hunter2');
  });

  test('only what is typed gets into it, no key that acts', async () => {
    const session = open(scene('secret'));
    await shown.seen('A passphrase');
    const acting = ['up', 'down', 'pageup', 'pagedown', 'tab', 'shift-tab', '\u0004', '\u001Bx'];
    for (let time = 0; time < 2; time++) {
      for (const key of ['u', 'p', ' ', '1', ...acting]) await shown.press(key);
      await shown.press('enter');
    }
    await expect.poll(() => session.replies).toEqual(['up 1']);
  });

  test('an empty one is refused, and a new one that is too short', async () => {
    const session = open(scene('secret'));
    await shown.seen('A passphrase');
    await shown.press('enter');
    await shown.seen('It cannot be empty');
    shown.type('one');
    await shown.press('enter');
    await shown.seen('At least 4 characters');
    expect(session.replies).toEqual([]);
    shown.type('s');
    await shown.press('enter');
    shown.type('ones');
    await shown.press('enter');
    await expect.poll(() => session.replies).toEqual(['ones']);
  });

  test('Esc cancels what asked', async () => {
    const session = open(scene('secret'));
    await shown.seen('A passphrase');
    await shown.press('esc');
    await expect.poll(() => session.replies).toEqual([null]);
  });

  test('a host key is not trusted by Enter alone', async () => {
    const session = open(scene('host key'));
    await shown.seen('SHA256:');
    await shown.seen('› No, do not connect');
    await shown.press('enter');
    await expect.poll(() => session.replies).toEqual(['no']);
  });
});
