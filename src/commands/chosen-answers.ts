import { Trouble } from '../errors/trouble.ts';
import { withWholePaths } from '../steps/answers/answer-paths.ts';
import type { Answers } from '../steps/answers/answers.ts';
import { defaultAnswers } from '../steps/answers/default-answers.ts';
import { brokerKey } from '../steps/reach/broker-key.ts';
import { clean } from '../text/clean.ts';
import { givenFor, readGiven } from '../this-machine/given-file.ts';
import type { From } from '../this-machine/paths.ts';
import type { Options } from './options.ts';

/** What is remembered of earlier set-ups, as far as the answers need it. */
export interface Remembered {
  sites(): { id: string; answers: Answers }[];
  current(): string | null;
}

/**
 * The answers for a run: an answers file, else those remembered for the broker, else the defaults;
 * single options go before all of them. Names of the broker in a file are not taken for another broker. Without a broker: the one worked on last, else practice.
 * Paths are whole, those that an earlier version remembered too.
 */
export async function chosenAnswers(
  options: Options,
  remembered: Remembered,
  from: From,
): Promise<Answers> {
  const given = options.answers === undefined ? null : await read(options.answers);
  const sites = remembered.sites();
  const current = sites.find((site) => site.id === remembered.current());
  // Only the practice broker can be begun anew.
  const last = options.reset ? 'practice' : current?.answers.broker;
  const broker = options.broker ?? given?.answers.broker ?? last ?? 'practice';
  const key = brokerKey(broker);
  const file = given && ofThisBroker(given, key);
  const known = sites.find((site) => brokerKey(site.answers.broker) === key)?.answers;
  const answers = withWholePaths(file ?? known ?? defaultAnswers(broker), from);
  const clients = options.client?.map(
    (name) => answers.clients.find((client) => client.name === name) ?? { name, host: 'here' },
  );
  return {
    ...answers,
    broker,
    // What was fixed at the first visit stays, unless it is given anew.
    ...(answers.names === undefined && known?.names ? { names: known.names } : {}),
    ...(options.identity ? { identity: options.identity } : {}),
    ...(options.name ? { names: options.name } : {}),
    ...(options.namesFromHost ? { namesFromHost: true } : {}),
    ...(options.unit ? { unit: options.unit } : {}),
    ...(clients ? { clients } : {}),
    ...(options.passphraseFile && !known
      ? { authority: { ...answers.authority, passphrase: 'ask' as const } }
      : {}),
  };
}

/**
 * The names of a file are those of the broker that the same file names. Taken for another one, that would get the
 * certificate of the first, and its key.
 */
function ofThisBroker({ answers, namesBroker }: Given, key: string): Answers {
  if (!namesBroker || brokerKey(answers.broker) === key) return answers;
  const { names: _, namesFromHost: __, ...more } = answers;
  return { ...more, namesFromHost: false };
}

/** An answers file, and whether it says for which broker it is. */
interface Given {
  answers: Answers;
  namesBroker: boolean;
}

async function read(path: string): Promise<Given> {
  let text: string;
  try {
    text = (await readGiven(path, givenFor.answers)).toString();
  } catch (cause) {
    if (cause instanceof Trouble) throw cause;
    throw new Trouble(`The answers file ${clean(path)} cannot be read.`, {
      likely: 'It is not there, or it belongs to somebody else.',
      next: 'Check its name; "lockstep answers" prints one to begin with.',
      exitCode: 2,
      cause,
    });
  }
  const { namesBroker, parseAnswers } = await import('../steps/answers/answers-file.ts');
  return { answers: parseAnswers(text, path), namesBroker: namesBroker(text) };
}
