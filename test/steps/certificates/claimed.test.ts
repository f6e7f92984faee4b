import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holderNameProblem } from '../../../src/pki/x509/names.ts';
import { subjectAltNameProblem } from '../../../src/pki/x509/san.ts';
import { defaultAnswers } from '../../../src/steps/answers/default-answers.ts';
import { certificates } from '../../../src/steps/certificates/certificates.ts';
import {
  claimedNames,
  claimNotes,
  claimQuestion,
  nameOrigins,
  reachedNames,
} from '../../../src/steps/certificates/claimed.ts';
import type { Setup } from '../../../src/steps/contract/setup.ts';
import { brokerName } from '../../../src/steps/questions/names.ts';

const set = (part: {
  names?: string[];
  given?: string[];
  offered: string[];
  reachedBy?: string[];
  namesFromHost?: boolean;
}): Setup => {
  const { names, given = [], offered, reachedBy, namesFromHost = false } = part;
  return {
    answers: { ...defaultAnswers('pi@rock'), ...(names && { names }), namesFromHost },
    given,
    broker: {
      host: { name: 'pi@rock' },
      address: 'fe80::1%eth0',
      names: offered,
      ...(reachedBy && { reachedBy }),
    },
  } as unknown as Setup;
};

const loopback = ['localhost', '127.0.0.1'];
const some = fc.subarray(['rock.lan', 'rock', '10.0.0.1', 'fd00::1', ...loopback, 'other.lan']);

describe('names that only the machine says it has', () => {
  test('are those that nobody gave and by which nobody got there, in whatever order they come', () => {
    fc.assert(
      fc.property(some, some, some, (offered, reachedBy, given) => {
        const setup = set({ offered, reachedBy, given });
        const claimed = claimedNames(setup);
        for (const name of offered)
          expect(claimed.includes(name)).toBe(
            ![...given, ...reachedBy, ...loopback].includes(name),
          );
        // What is taken unasked is reached, and offered; and loopback with it.
        const taken = reachedNames(setup);
        const reached = offered.filter(
          (name) => reachedBy.includes(name) && !loopback.includes(name),
        );
        expect(taken.slice(0, reached.length)).toEqual(reached);
        const any = offered.some((name) => reachedBy.includes(name));
        const more = offered.filter((name) => any && loopback.includes(name));
        expect(taken.slice(reached.length)).toEqual(more);
      }),
    );
  });

  test('are none on this very machine', () => {
    const setup = set({ offered: ['rock.lan', 'localhost'] });
    expect(claimedNames(setup)).toEqual([]);
    expect(reachedNames(setup)).toEqual(['rock.lan', 'localhost']);
    expect(claimQuestion(setup)).toEqual([]);
  });

  test('are told, each with who says so, and what is signed of them', () => {
    const about = { offered: ['rock.lan', 'rock', '10.0.0.1'], reachedBy: ['10.0.0.1'] };
    const left = set({ ...about, names: ['10.0.0.1', 'xn--bcher-kva.example'] });
    expect(nameOrigins(left)).toEqual([
      { name: '10.0.0.1', from: 'reached', signed: true },
      { name: 'xn--bcher-kva.example', from: 'given', signed: true },
      { name: 'rock.lan', from: 'host', signed: false },
      { name: 'rock', from: 'host', signed: false },
    ]);
    expect(claimNotes(left)).toEqual([
      expect.stringMatching(/^Not in the certificate: rock\.lan, rock\. Only pi@rock itself/),
    ]);
    const names = ['10.0.0.1', 'rock.lan'];
    expect(claimNotes(set({ ...about, names, namesFromHost: true }))).toEqual([
      expect.stringMatching(/^Only pi@rock itself says that it is called rock\.lan:/),
      expect.stringMatching(/^Not in the certificate: rock\. /),
    ]);
    // Typed, it is given, and no word of the machine's.
    expect(nameOrigins(set({ ...about, names }))[1]).toMatchObject({ from: 'given' });
  });

  test('are no names where there is no other: one has to be given', async () => {
    const nameless = set({ offered: ['rock'], reachedBy: [], namesFromHost: true });
    expect(await certificates.check(nameless)).toMatchObject({
      status: 'blocked',
      trouble: { message: 'The broker has no name that a client could check.' },
    });
    expect(subjectAltNameProblem(brokerName(nameless))).not.toBeNull();
    expect(holderNameProblem(brokerName(nameless))).toBeNull();
  });

  test('are taken and left by one answer; what is typed besides stays as it is', () => {
    const about = { offered: ['rock', '10.0.0.1'], reachedBy: ['10.0.0.1'] };
    // Its files are never called by a name that is only claimed.
    expect(claimQuestion(set(about))).toEqual([]);
    const setup = set({ ...about, names: ['10.0.0.1'] });
    const [question] = claimQuestion(setup);
    if (!question) throw new Error('no question');
    const answers = { ...setup.answers, names: ['10.0.0.1', 'mqtt.lan'] };
    expect([question.get(answers), question.set(answers, 'no')]).toEqual(['no', answers]);
    const taken = question.set(answers, 'yes');
    expect(taken).toMatchObject({ names: ['10.0.0.1', 'mqtt.lan', 'rock'], namesFromHost: true });
    const fewer = { ...taken, names: ['10.0.0.1', 'mqtt.lan'] };
    expect([question.get(taken), question.set(fewer, 'yes')]).toEqual(['yes', fewer]);
    expect(question.set(taken, 'no')).toEqual(answers);
  });
});
