import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acceptedFor } from '../../../../src/host/ssh/host-key/accepted-keys.ts';
import { parseTarget } from '../../../../src/host/ssh/syntax/target.ts';

// Few names, so that they meet often.
const host = fc.constantFrom('rock', 'rock.lan', '10.0.0.5', 'fd00::5');
const port = fc.constantFrom('', ':22', ':2222');
const machine = fc
  .tuple(fc.constantFrom('', 'pi@', 'root@'), host, port)
  .map(([user, name, at]) =>
    at !== '' && name.includes(':') ? `${user}[${name}]${at}` : `${user}${name}${at}`,
  );
const key = fc.constantFrom('SHA256:a', 'SHA256:b', 'SHA256:c');

/** Who is meant, whoever logs in; without a port where SSH's configuration has that. */
const meant = (text: string, configured: number) => {
  const { host, port = configured } = parseTarget(text);
  return `${host} ${port}`;
};

test('a fingerprint counts for the machine that it is given for, and for no other one', () => {
  const given = fc.array(fc.tuple(fc.option(machine, { nil: '' }), key), { maxLength: 5 });
  fc.assert(
    fc.property(machine, machine, given, fc.constantFrom(22, 2222), (target, broker, all, at) => {
      const words = all.map(([name, one]) => (name === '' ? one : `${name}=${one}`));
      const configured = parseTarget(target).port ?? at;
      const { own, others, before } = acceptedFor(
        parseTarget(target),
        configured,
        words,
        parseTarget(broker),
      );
      const here = meant(target, configured);
      const forIt = all
        .filter(([name]) => meant(name || broker, at) === here)
        .map(([, one]) => one);
      for (const one of own) expect(forIt).toContain(one);
      expect(new Set([...own, ...others])).toEqual(new Set(all.map(([, one]) => one)));
      expect(own.filter((one) => others.includes(one))).toEqual([]);
      // What it is told to be given as is taken.
      const told = `${before}SHA256:d`;
      const again = acceptedFor(parseTarget(target), configured, [told], parseTarget(broker));
      expect(again.own).toEqual(['SHA256:d']);
      expect(before === '').toBe(
        acceptedFor(parseTarget(target), configured, ['SHA256:d'], parseTarget(broker)).own.length >
          0,
      );
    }),
    { numRuns: 2000 },
  );
});

test('whoever logs in there, with a port or where SSH knows it', () => {
  const of = (target: string, at: number, ...given: string[]) =>
    acceptedFor(parseTarget(target), at, given, parseTarget('pi@rock'));
  expect(of('pi@rock', 22, 'SHA256:a', 'shed=SHA256:b')).toEqual({
    own: ['SHA256:a'],
    others: ['SHA256:b'],
    before: '',
  });
  expect(of('root@rock', 22, 'SHA256:a').own).toEqual(['SHA256:a']);
  expect(of('pi@shed', 22, 'SHA256:a', 'shed=SHA256:b')).toEqual({
    own: ['SHA256:b'],
    others: ['SHA256:a'],
    before: 'shed=',
  });
  for (const name of ['shed', 'root@shed', 'shed:2222'])
    expect(of('pi@shed', 2222, `${name}=SHA256:b`).own, name).toEqual(['SHA256:b']);
  for (const name of ['shed:22', 'shed.lan', 'Shed'])
    expect(of('pi@shed', 2222, `${name}=SHA256:b`).own, name).toEqual([]);
  expect(of('pi@shed:2222', 2222, 'shed=SHA256:b').own).toEqual([]);
  expect(of('pi@[fd00::5]:2222', 2222).before).toBe('[fd00::5]:2222=');
});
