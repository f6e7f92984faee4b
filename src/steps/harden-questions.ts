import { choiceQuestion, numberQuestion } from './question.ts';
import type { Setup } from './setup.ts';
import type { Question } from './step.ts';

/** What becomes of the plain port, and how old a client may be. */
export function hardenQuestions(setup: Setup): Question[] {
  const { plain } = setup.answers.ports;
  return [
    choiceQuestion({
      id: 'plainListener',
      label: `Port ${plain} (plain MQTT)`,
      help: 'What becomes of the door that is open now.',
      choices: [
        {
          value: 'refuse',
          label: 'refuses everyone',
          why: 'As the article: the port stays and says no, so that a device is told why.',
        },
        {
          value: 'loopback',
          label: 'this machine only',
          why: "For programs on the broker's own machine, which stay as they are.",
        },
        { value: 'remove', label: 'removed', why: 'Nothing listens there any more.' },
        {
          value: 'open',
          label: 'open while devices move',
          why: 'Everybody may still come in by it. Not secure yet: close it when all have moved.',
        },
      ],
    }),
    choiceQuestion({
      id: 'minimumTls',
      label: 'Oldest TLS',
      help: 'Clients that know only older ones are refused.',
      choices: [
        { value: '1.3', label: 'TLS 1.3', why: 'As the article. Everything made since 2019.' },
        { value: '1.2', label: 'TLS 1.2', why: 'Also older devices, such as many small boards.' },
      ],
    }),
    numberQuestion({
      id: 'undoAfterSeconds',
      label: 'Unproved, back after',
      help: "Seconds after which the broker's machine puts the change back, if nobody has proved it.",
      from: 10,
      to: 3600,
      unit: 'seconds',
    }),
  ];
}
