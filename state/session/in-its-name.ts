import { Trouble } from '../../src/errors/trouble.ts';
import { asStarted } from '../../src/this-machine/started-as.ts';
import type { Event } from '../machine/machine.ts';
import type { TroubleView } from '../machine/step-machine.ts';

/** What is reported for a person to read, with this program named as its user can start it. */
export function inItsName(event: Event, command: string): Event {
  const named = (text: string) => asStarted(text, command);
  const told = (trouble: TroubleView) => ({
    ...trouble,
    what: named(trouble.what),
    likely: named(trouble.likely),
    next: named(trouble.next),
  });
  switch (event.type) {
    case 'noted':
      return { ...event, text: event.text === null ? null : named(event.text) };
    case 'not-opened':
    case 'failed':
      return { ...event, trouble: told(event.trouble) };
    case 'checked': {
      const { check } = event;
      if (!check.trouble) return event;
      const { message, exitCode, cause, ...rest } = check.trouble;
      const { what, ...more } = told({ what: message, ...rest });
      return {
        ...event,
        check: { ...check, trouble: new Trouble(what, { ...more, exitCode, cause }) },
      };
    }
    default:
      return event;
  }
}
