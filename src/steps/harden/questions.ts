import { posix } from 'node:path';
import { clean } from '../../text/clean.ts';
import type { Answers } from '../answers/answers.ts';
import type { ChoiceEffect } from '../contract/plain-choice.ts';
import type { LedgerClient } from '../contract/plain-clients.ts';
import type { Question } from '../contract/question.ts';
import type { Setup } from '../contract/setup.ts';
import { isAcknowledged } from '../plain-port/closing.ts';
import { clientName } from '../plain-port/words.ts';
import { choiceQuestion, numberQuestion } from '../questions/question.ts';

/** What becomes of the plain port, and how old a client may be. */
export function hardenQuestions(setup: Setup): Question[] {
  return [
    ...portQuestions(setup),
    ...(setup.plainPort === null ? [] : [plainQuestion(setup)]),
    ...movingQuestions(setup),
    ...pluginQuestions(setup),
    choiceQuestion({
      id: 'minimumTls',
      label: 'Oldest TLS',
      help: 'Clients that know only older ones are refused.',
      choices: [
        {
          value: '1.3',
          label: 'TLS 1.3',
          why: 'Computers and phones of recent years. Many small boards (ESP8266, ESP32) cannot.',
        },
        {
          value: '1.2',
          label: 'TLS 1.2',
          why: 'Safe, too. Small boards and older devices can do it.',
        },
      ],
    }),
    numberQuestion({
      id: 'undoAfterSeconds',
      label: 'Back unless proved in (s)',
      help: "Seconds after which the broker's machine puts the change back, if nobody has proved it.",
      from: 10,
      to: 3600,
      unit: 'seconds',
    }),
    ...(isTaken(setup) || setup.answers.broker === 'practice'
      ? []
      : [tlsPortQuestion('Where TLS and certificates are spoken; 8883 is what clients expect.')]),
  ];
}

/** Somebody else has set up TLS at the port for certificates. */
const isTaken = ({ tlsTaken, answers }: Setup) => tlsTaken || answers.otherTls !== 'ask';

const portNumber = { from: 1, to: 65535, unit: 'the port' };

const tlsPortQuestion = (help: string): Question =>
  numberQuestion({ ...portNumber, id: 'ports.tls', label: 'Port for certificates', help });

/** What becomes of the plain port, and with it of others at which everybody gets in. */
function plainQuestion(setup: Setup): Question {
  const port = typeof setup.plainPort === 'object' ? null : knownPlainPort(setup);
  const { refuse, open } = setup.choices ?? {};
  const others = (choice: Answers['plainListener']) => othersWords(setup.choices?.[choice]);
  return choiceQuestion({
    id: 'plainListener',
    label: port === null ? 'From now on it' : `Port ${port} (plain MQTT)`,
    help: `What ${port === null ? 'that port' : `port ${port}`} (not encrypted) does from now on.`,
    choices: [
      refuse?.names
        ? {
            value: 'refuse',
            label: 'refuses all without a password',
            why: `All ports of this broker take the same passwords: this one goes on taking them, unencrypted.${others('refuse')}`,
          }
        : {
            value: 'refuse',
            label: 'refuses everyone',
            why: `As the article: the port stays and says no, so that a device is told why.${others('refuse')}`,
          },
      {
        value: 'loopback',
        label: "the broker's machine only",
        why: `For programs on the broker's own machine, by ${setup.choices?.loopback?.here ?? '127.0.0.1'}.${others('loopback')}`,
      },
      {
        value: 'remove',
        label: 'removed',
        why: `Nothing listens there any more.${others('remove')}`,
      },
      {
        value: 'open',
        label: 'open while devices move',
        why: `${open && !open.everybody ? 'Who gets in there now still does' : 'Everybody may still come in by it'}. Not secure yet: close it when all have moved.${others('open')}`,
      },
    ],
  });
}

/** What becomes of other ports at which everybody gets in. */
function othersWords(effect: ChoiceEffect | undefined): string {
  const { closed = [], stay = [] } = effect ?? {};
  return [
    ...(closed.length > 0
      ? [
          ` ${portWords(closed)} ${closed.length > 1 ? 'let' : 'lets'} in nobody without a name any more, either.`,
        ]
      : []),
    ...(stay.length > 0
      ? [` ${portWords(stay)} ${stay.length > 1 ? 'stay' : 'stays'} open to everybody, too.`]
      : []),
  ].join('');
}

const portWords = (ports: readonly number[]): string =>
  `Port${ports.length > 1 ? 's' : ''} ${ports.join(', ')}`;

/** Which ports are meant, where that is not plain; and what becomes of somebody else's listener on ours. */
function portQuestions(setup: Setup): Question[] {
  const { plainPort, answers } = setup;
  const several = typeof plainPort === 'object' && plainPort !== null ? plainPort.oneOf : [];
  return [
    ...(several.length > 0
      ? [
          numberQuestion({
            ...portNumber,
            id: 'ports.plain',
            label: 'Plain port',
            help: `The one that devices use without TLS: ${several.join(', ')}.`,
          }),
        ]
      : []),
    ...(isTaken(setup)
      ? [
          choiceQuestion({
            id: 'otherTls',
            label: `Port ${answers.ports.tls}`,
            help: 'Somebody else has set up TLS there. What becomes of it?',
            choices: [
              {
                value: 'ask',
                label: 'not decided',
                why: 'Nothing is done before this is said; or choose another port, below.',
              },
              {
                value: 'keep',
                label: 'keep its authority, too',
                why: "Certificates of both authorities get in. Its clients must trust ours, for the broker's own certificate becomes ours.",
              },
              {
                value: 'close',
                label: 'close it',
                why: 'Who uses it now is refused from then on: the plan names them.',
              },
            ],
          }),
          tlsPortQuestion('Another one leaves what is there as it is.'),
        ]
      : []),
  ];
}

/** The plain port for a label: as it was answered, as long as it is one of several. */
const knownPlainPort = ({ plainPort, answers }: Setup): number =>
  typeof plainPort === 'number' ? plainPort : answers.ports.plain;

/** Of a plugin that is not known: whether a second broker may load it while the first runs. */
function pluginQuestions({ seen }: Setup): Question[] {
  const plugins = seen.unknownPlugins ?? [];
  if (plugins.length === 0) return [];
  const names = plugins.map((path) => clean(posix.basename(path), 40)).join(', ');
  return [
    {
      id: 'tryPlugins',
      label: 'Unknown plugins in the trial',
      help: `Lockstep does not know what ${names} keeps, or where.`,
      kind: 'choice',
      choices: [
        {
          value: 'no',
          label: 'left out',
          why: 'The trial does not touch what they keep; what they decide shows after the restart.',
        },
        {
          value: 'yes',
          label: 'loaded',
          why: 'You know that they bear a second broker beside the first.',
        },
      ],
      get: (answers: Answers) => (answers.tryPlugins ? 'yes' : 'no'),
      set: (answers: Answers, value: string) => ({ ...answers, tryPlugins: value === 'yes' }),
      check: (value) => (value === 'no' || value === 'yes' ? undefined : 'Choose one of these.'),
    },
  ];
}

/** So many clients are asked about one by one; more are acknowledged in an answers file. */
const most = 12;

/** At a port that is open while devices move: when it may be closed, and on whom. */
function movingQuestions(setup: Setup): Question[] {
  const { answers, seen } = setup;
  const clients = seen.plainPort?.clients ?? [];
  if (answers.plainListener !== 'open' && clients.length === 0) return [];
  const plain = knownPlainPort(setup);
  return [
    numberQuestion({
      id: 'quietDays',
      label: 'Quiet days before closing',
      help: `You may close port ${plain}, here, when nobody came by it for so many days. 0: at once.`,
      from: 0,
      to: 365,
      unit: 'days',
    }),
    ...clients.slice(0, most).map(acknowledgement),
  ];
}

/** One client that still comes: may it be locked out? Its id is hostile text, so it is no path. */
function acknowledgement(client: LedgerClient, index: number): Question {
  const key = client.clientId ?? client.address;
  return {
    id: `acknowledged.${index}`,
    label: clean(clientName(client), 30),
    help: `${clientName(client)} still comes by the plain port.`,
    kind: 'choice',
    choices: [
      { value: 'waits', label: 'must move first', why: 'The port is not closed while it comes.' },
      {
        value: 'acknowledged',
        label: 'may be locked out',
        why: 'You know of it, and it need not move: the port may be closed on it.',
      },
    ],
    get: (answers: Answers) => (isAcknowledged(client, answers) ? 'acknowledged' : 'waits'),
    set: (answers: Answers, value: string) => {
      if ((value === 'acknowledged') === isAcknowledged(client, answers)) return answers;
      const others = answers.acknowledged.filter(
        (name) => !isAcknowledged(client, { ...answers, acknowledged: [name] }),
      );
      return { ...answers, acknowledged: value === 'acknowledged' ? [...others, key] : others };
    },
    check: (value) =>
      value === 'waits' || value === 'acknowledged' ? undefined : 'Choose one of these.',
  };
}
