import { loopbackNames } from '../../mosquitto/locate/name-offers.ts';
import { readableName } from '../../pki/x509/san.ts';
import { clean } from '../../text/clean.ts';
import type { NameOrigin } from '../contract/plan.ts';
import type { Question } from '../contract/question.ts';
import type { Setup } from '../contract/setup.ts';

/**
 * Names that only the broker's machine says it has: nobody gave them, and it was not reached by them. Signed without
 * a look, they would let it pass for another broker of the same authority.
 */
export function claimedNames({ broker, given }: Pick<Setup, 'broker' | 'given'>): string[] {
  // What this machine says of itself is known here.
  if (broker.reachedBy === undefined) return [];
  const known = [...given, ...broker.reachedBy, ...loopbackNames];
  return broker.names.filter((name) => !known.includes(name));
}

/**
 * The names of the broker that are taken where nobody gave any: those that it was reached by, and, last, loopback.
 * None where it was reached by none: the files of two brokers must not be called by loopback unasked.
 */
export function reachedNames({ broker }: Pick<Setup, 'broker'>): string[] {
  if (broker.reachedBy === undefined) return broker.names;
  const reached = new Set(broker.reachedBy);
  const own = new Set(loopbackNames);
  const [others, loopback] = [
    broker.names.filter((name) => reached.has(name) && !own.has(name)),
    broker.names.filter((name) => own.has(name)),
  ];
  // Through a forwarded port it is reached by loopback alone.
  const any = others.length > 0 || loopback.some((name) => reached.has(name));
  return any ? [...others, ...loopback] : [];
}

/** All that is known of the broker's names: those that are signed, then those that are left out. */
export function nameOrigins(setup: Setup): NameOrigin[] {
  const { names = [], namesFromHost } = setup.answers;
  const claimed = claimedNames(setup);
  const reached = reachedNames(setup);
  const from = (name: string) => {
    if (loopbackNames.includes(name)) return 'loopback';
    // What somebody has typed is given, though the machine says so, too.
    if (namesFromHost && claimed.includes(name)) return 'host';
    return reached.includes(name) ? 'reached' : 'given';
  };
  return [
    ...names.map((name): NameOrigin => ({ name, from: from(name), signed: true })),
    ...claimed
      .filter((name) => !names.includes(name))
      .map((name): NameOrigin => ({ name, from: 'host', signed: false })),
  ];
}

/** What is to be known before the broker's certificate is signed. */
export function claimNotes(setup: Setup): string[] {
  const host = clean(setup.broker.host.name, 80);
  const claims = nameOrigins(setup).filter(({ from }) => from === 'host');
  const words = (signed: boolean) =>
    claims
      .filter((one) => one.signed === signed)
      .map(({ name }) => readableName(name))
      .join(', ');
  return [
    ...(words(true) === ''
      ? []
      : [
          `Only ${host} itself says that it is called ${words(true)}: with its certificate it can pass for whatever else is called so.`,
        ]),
    ...(words(false) === ''
      ? []
      : [
          `Not in the certificate: ${words(false)}. Only ${host} itself says that it is called so. "names" in the answers (--name) adds one, --names-from-host all of them.`,
        ]),
  ];
}

/** Whether those names are signed, too, where there are any, and one besides that its files are called by. */
export function claimQuestion(setup: Setup): Question[] {
  const claimed = claimedNames(setup);
  if (claimed.length === 0 || !setup.answers.names?.length) return [];
  const host = clean(setup.broker.host.name, 80);
  const all = claimed.map(readableName).join(', ');
  return [
    {
      id: 'namesFromHost',
      label: 'Names that it claims',
      help: `Only ${host} itself says that it is called ${all}.`,
      kind: 'choice',
      choices: [
        {
          value: 'no',
          label: `left out (${all})`,
          why: `Only ${host} itself says that it is called so. Type those that clients use above.`,
        },
        {
          value: 'yes',
          label: 'signed, too',
          why: `You know that all of these are its own: ${all}.`,
        },
      ],
      get: ({ namesFromHost }) => (namesFromHost ? 'yes' : 'no'),
      set(answers, value) {
        const namesFromHost = value === 'yes';
        // Those that were typed since stay as they are.
        if (namesFromHost === answers.namesFromHost) return answers;
        const { names = [] } = answers;
        const others = names.filter((name) => !claimed.includes(name));
        return {
          ...answers,
          namesFromHost,
          names: namesFromHost ? [...new Set([...names, ...claimed])] : others,
        };
      },
      check: (value) => (value === 'no' || value === 'yes' ? undefined : 'Choose one of these.'),
    },
  ];
}
