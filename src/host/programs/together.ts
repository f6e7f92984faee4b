import { scriptCommand } from '../../host-scripts/script.ts';
import { quote } from '../../text/quote.ts';
import type { Start } from '../api/running.ts';
import { type ExecuteOptions, execute, type Output } from './program.ts';

type Options = Omit<ExecuteOptions, 'where' | 'input' | 'signal' | 'timeoutSeconds'>;

interface Look {
  argv: readonly string[];
  options: Options;
  answer: PromiseWithResolvers<Output>;
}

/** One command line carries so many bytes of commands, which are encoded and quoted again. */
const mostBytes = 40_000;

const mebibyte = 1024 * 1024;

/**
 * Looks that are asked for at the same moment, one after the other in one program: far away a program of root
 * takes several round trips to start, and only so many run at once. As `execute`, without input; what was
 * written to standard error is that of all of them.
 */
export function together(where: string) {
  let asked: Look[] = [];
  return (start: Start, argv: readonly string[], options: Options): Promise<Output> => {
    const look = { argv, options, answer: Promise.withResolvers<Output>() };
    asked.push(look);
    if (asked.length === 1)
      setImmediate(() => {
        const looks = asked;
        asked = [];
        answerAll(start, where, looks);
      });
    return look.answer.promise;
  };
}

async function answerAll(start: Start, where: string, looks: readonly Look[]): Promise<void> {
  try {
    const outputs = looks.length > 1 ? await inOne(start, where, looks) : null;
    if (outputs)
      for (const [index, { answer }] of looks.entries()) answer.resolve(outputs[index] as Output);
    else
      for (const { argv, options, answer } of looks)
        answer.resolve(execute(start, argv, { ...options, where }));
  } catch (error) {
    for (const { answer } of looks) answer.reject(error);
  }
}

/** Null where that cannot be done, or was not done to its end: then each is asked for alone. */
async function inOne(
  start: Start,
  where: string,
  looks: readonly Look[],
): Promise<Output[] | null> {
  const commands = looks.map(({ argv }) => Buffer.from(quote(argv)).toString('base64'));
  if (commands.join('').length > mostBytes) return null;
  const limits = looks.map(({ options }) => options.limit ?? mebibyte);
  const { code, stdout, stderr, truncated } = await execute(
    start,
    scriptCommand('host/looks', ...commands),
    {
      doing: looks.map(({ options }) => options.doing).join('; '),
      limit: 2 * limits.reduce((sum, limit) => sum + limit),
      where,
    },
  );
  const lines = stdout.toString('latin1').split('\n').slice(0, -1);
  if (code !== 0 || truncated || lines.length !== looks.length) return null;
  return lines.map((line, index) => {
    const bytes = Buffer.from(line, 'base64');
    const end = bytes.lastIndexOf('\n');
    const limit = limits[index] as number;
    return {
      code: Number(bytes.subarray(end + 1).toString()),
      signal: null,
      stdout: bytes.subarray(0, Math.min(end, limit)),
      stderr,
      truncated: end > limit,
    };
  });
}
