import { Trouble } from '../errors/trouble.ts';
import { withoutQuotedSecret } from '../mosquitto/config/model/secret-lines.ts';

/** A practice broker that serves, of either kind. */
export interface PracticeBroker {
  /** Null when it is part of this program. */
  pid: number | null;
  /** Seconds since 1970. */
  since: number;
  running(): boolean;
  /** Returns when it has ended. Idempotent. */
  stop(): Promise<void>;
}

/** It did not come up; `words` are its own, cleaned. */
export function doesNotStart(said: string[]): Trouble {
  const words = said.map(withoutQuotedSecret);
  const complaint = words.find((line) => line.includes('Error')) ?? words.at(-1) ?? '';
  return new Trouble('The practice broker does not start.', {
    likely: complaint.includes('Address already in use')
      ? 'Another program uses its port.'
      : 'It does not accept its configuration or one of the files named in it.',
    next: 'Read its own words below, put that right, and try again; or reset the practice broker.',
    detail: words.join('\n'),
  });
}
