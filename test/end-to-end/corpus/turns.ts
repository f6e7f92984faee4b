import { type Suite, suites } from '../../support/hosts/suites.ts';
import { type Choice, choices } from '../access/meet.ts';
import type { Turn } from '../access/on-stages.ts';
import { type Case, casesFor } from './answers.ts';
import { canMake } from './named-files.ts';

/**
 * Each configuration with each choice, on one of the versions that it loads on, in turn: a configuration is met
 * on all of its versions, and a choice on all of them, without everything being met three times.
 */
export function turnsOf(suite: Suite): Turn[] {
  const versions = new Map<string, { suite: Suite; one: Case }[]>();
  for (const suite of suites)
    for (const one of casesFor(suite).filter((one) => canMake(one.files.values())))
      versions.set(one.name, [...(versions.get(one.name) ?? []), { suite, one }]);
  // Each is met once before the first is met again: what is wrong shows early.
  return choices.flatMap((_, turn) =>
    [...versions.values()].flatMap((where, n): Turn[] => {
      const choice = choices[(n + turn) % choices.length];
      const here = where[(n + turn) % where.length];
      return here?.suite === suite && choice ? [{ one: here.one, choice }] : [];
    }),
  );
}

/** A few of each kind with a choice each, where there is no time for all. */
export const few: Readonly<Record<Suite, Readonly<Record<string, Choice>>>> = {
  bookworm: {
    'real 053': 'loopback', // websockets beside plain MQTT, passwords
    'real 031': 'remove', // an authority by folder, subjects as names, an access list, per_listener_settings
  },
  trixie: {
    'real 018 as conf.d/local.conf': 'open', // passwords and one-sided TLS
    'facts psk-tls-other': 'remove', // pre-shared keys at one listener, certificates at another
  },
  forky: {
    'real 048': 'loopback', // nothing but a unix socket
    'real 057': 'remove', // a bridge
    'real 045 as conf.d/local.conf': 'refuse',
  },
};

/** Those few, whatever their turn would be. */
export const fewOf = (suite: Suite): Turn[] =>
  casesFor(suite)
    .filter((one) => canMake(one.files.values()))
    .flatMap((one) => {
      const choice = few[suite][one.name];
      return choice ? [{ one, choice }] : [];
    });
