import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Answers, answersSchema } from '../../src/steps/answers/answers.ts';
import { defaultAnswers } from '../../src/steps/answers/default-answers.ts';
import {
  decode,
  idPattern,
  journalLimit,
  journalled,
  newSite,
  type Site,
  siteId,
  siteSchema,
} from '../../state/site/site.ts';
import { anyAnswers } from '../support/session/any-answers.ts';

const now = new Date('2026-11-03T12:00:00Z');
const site = newSite(defaultAnswers('pi@rock-4se'), now);
const read = (value: unknown) => decode(Buffer.from(JSON.stringify(value)), siteSchema);
const good = (value: unknown): Site => {
  const decoded = read(value);
  if (decoded.kind !== 'good') throw new Error(`not good: ${JSON.stringify(decoded)}`);
  return decoded.value;
};

describe('the id of a site', () => {
  test('is plain for the two brokers that have no address', () => {
    expect(siteId('practice')).toBe('practice');
    expect(siteId(' local ')).toBe('local');
  });

  test('stays what it is from version to version: a changed id is a forgotten site', () => {
    expect(siteId('pi@Rock-4SE:2222')).toBe('pi-rock-4se-2222-e5528886582e');
  });

  test('is not changed by upper case in the host, but by user and port', () => {
    expect(siteId('pi@ROCK')).toBe(siteId('pi@rock'));
    const others = ['pi@rock', 'PI@rock', 'rock', 'pi@rock:22', 'pi-rock', 'pi.rock'].map(siteId);
    expect(new Set(others).size).toBe(others.length);
  });

  test.each([
    ['pi@fd00:141::2', 'pi@FD00:0141:0::2', 'pi@[fd00:141::2]'],
    ['pi@[fd00:141::2]:22', 'pi@[FD00:141:0:0:0:0:0:2]:22'],
    ['rock.lan', 'Rock.LAN.'],
    ['pi@bücher.example', 'pi@xn--bcher-kva.example'],
    ['10.0.0.1', '[::ffff:10.0.0.1]'],
  ])('is the same for every spelling of %s', (broker, ...spellings) => {
    for (const other of spellings) expect(siteId(other), other).toBe(siteId(broker));
  });

  test('is a safe file name whatever the address is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: 'binary' }), (broker) => {
        const id = siteId(broker);
        expect(id).toMatch(idPattern);
        expect(id.length).toBeLessThanOrEqual(80);
        expect(siteId(broker)).toBe(id);
      }),
    );
    expect(siteId('../../etc/passwd')).toMatch(/^etc-passwd-[0-9a-f]{12}$/);
  });
});

describe('what is remembered about a site', () => {
  test('comes back as it was, for any answers', () => {
    fc.assert(
      fc.property(anyAnswers, (answers: Answers) => {
        const given = { ...newSite(answers, now), seen: { anonymousMessage: now.toISOString() } };
        expect(good(given)).toEqual(given);
        expect(siteSchema.parse(siteSchema.parse(given))).toEqual(given);
      }),
    );
  });

  test('has the answers that the answers file could have', () => {
    fc.assert(
      fc.property(anyAnswers, (answers) => {
        expect(answersSchema.parse(JSON.parse(JSON.stringify(answers)))).toEqual(answers);
      }),
    );
  });

  test('names that an earlier version took are in normal form, and cost nothing else', () => {
    const named = (names: string[]) => ({ ...site, answers: { ...site.answers, names } });
    expect(good(named(['Rock.LAN.', '*.lan', 'FD00::1'])).answers.names).toEqual([
      'rock.lan',
      'fd00::1',
    ]);
    expect(good(named(['*.lan'])).answers).toEqual(site.answers);
  });

  test('an unknown step is the first one', () => {
    expect(good({ ...site, step: 'dance' }).step).toBe('inspect');
    expect(good({ ...site, step: 'harden' }).step).toBe('harden');
  });

  test('unknown keys are ignored at every depth, and cost nothing else', () => {
    const answers = structuredClone(site.answers) as Record<string, never> & Answers;
    answers.authority.days = 77;
    const odd = {
      ...site,
      colour: 'red',
      answers: {
        ...answers,
        mood: 1,
        authority: { ...answers.authority, hsm: { slot: 3 } },
        clients: [{ name: 'a', host: 'here', tag: 'x' }],
      },
    };
    const back = good(odd);
    expect(back).not.toHaveProperty('colour');
    expect(back.answers).toEqual({ ...answers, clients: [{ name: 'a', host: 'here' }] });
    expect(odd.answers.mood).toBe(1);
  });

  test('a secret that is put into it by mistake is not kept', () => {
    const careless = {
      ...site,
      passphrase: 'hunter2',
      answers: { ...site.answers, password: 'hunter2' },
      seen: { passphrase: 'hunter2' },
      journal: [{ at: site.updated, step: 'inspect', text: 'x', password: 'hunter2' }],
    };
    expect(JSON.stringify(siteSchema.parse(careless))).not.toContain('hunter2');
  });

  test('the journal keeps the last entries, cleaned, without those that make no sense', () => {
    const entry = { at: site.updated, step: 'inspect' as const, text: 'seen' };
    const full = Array.from({ length: journalLimit + 5 }, (_, i) => ({ ...entry, text: `${i}` }));
    expect(good({ ...site, journal: full }).journal.map((each) => each.text)).toEqual(
      full.slice(-journalLimit).map((each) => each.text),
    );
    const odd = [{ ...entry, step: 'dance' }, 'x', null, { ...entry, text: 'a\x1b[31mb' }];
    expect(good({ ...site, journal: odd }).journal).toEqual([{ ...entry, text: 'a·[31mb' }]);
    expect(good({ ...site, journal: 'none' }).journal).toEqual([]);

    let grown = site;
    for (const each of full) grown = journalled(grown, each);
    expect(grown.journal).toEqual(full.slice(-journalLimit));
    expect(site.journal).toEqual([]);
  });

  test('answers that make no sense make the record bad, and say where', () => {
    expect(read({ ...site, answers: { ...site.answers, minimumTls: '0.9' } })).toEqual({
      kind: 'bad',
      why: 'answers.minimumTls makes no sense',
    });
  });

  test.each([
    ['nothing', ''],
    ['null', 'null'],
    ['a text', '"x"'],
    ['a list', '[1,2]'],
    ['half a record', JSON.stringify(site).slice(0, 100)],
    ['no version', JSON.stringify({ ...site, schema: undefined })],
    ['version 0', JSON.stringify({ ...site, schema: 0 })],
  ])('%s is bad', (_, text) => {
    expect(decode(Buffer.from(text), siteSchema).kind).toBe('bad');
  });

  test('bytes that are no text are bad, also inside an otherwise whole record', () => {
    const bytes = Buffer.from(JSON.stringify(site));
    bytes[bytes.indexOf('rock')] = 0xff;
    expect(decode(bytes, siteSchema).kind).toBe('bad');
  });

  test('a newer version is told apart from a damaged one', () => {
    expect(read({ schema: 2, everything: 'else' }).kind).toBe('newer');
  });
});

test('the answers that are written out are those that the schema gives', () => {
  for (const broker of ['practice', 'local', 'radxa@rock-4se:2222'])
    expect(defaultAnswers(broker)).toEqual(answersSchema.parse({ broker }));
});
