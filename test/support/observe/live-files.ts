import type { Traced } from './ssh-trace.ts';

/** What belongs to a broker that runs. */
export interface LiveFiles {
  /** Nobody else opens them: database, pid file, sockets. */
  untouched: readonly string[];
  /**
   * May be read, by whoever is no broker: passwords, access lists and what plugins keep are copied for a trial, and
   * the log tells who comes.
   */
  readOnly: readonly string[];
}

// What looks at a file without opening it, or is about a file that is open already and changes nothing.
const looks = /^((new)?f?l?stat|statx|f?access|readlink|[lf]?(get|list)xattr|execve|chdir)/;
const harmless = /^fcntl\(.*F_(GETFD|SETFD|GETFL|SETFL|DUPFD|DUPFD_CLOEXEC)\b/;

/**
 * Every call with which something other than the live broker went at its files, or a trial at the
 * network; none is right.
 */
export function touched(processes: readonly Traced[], live: LiveFiles): string[] {
  return processes.flatMap(({ program, calls }) => {
    const isBroker = program.endsWith('/mosquitto');
    const wrong = (call: string): boolean => {
      if (isBroker && /^(bind|connect)\(.*sa_family=AF_INET/.test(call)) return true;
      const untouched = live.untouched.some((path) => call.includes(path));
      if (!untouched && !live.readOnly.some((path) => call.includes(path))) return false;
      if (isBroker) return true;
      if (looks.test(call) || harmless.test(call)) return false;
      if (!/^open/.test(call)) return true;
      return untouched || /O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)/.test(call);
    };
    return calls.filter(wrong).map((call) => `${program}: ${call}`);
  });
}
