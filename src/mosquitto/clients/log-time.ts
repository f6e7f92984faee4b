/** How the times in a log are to be understood. */
export interface LogTimes {
  /** Minutes that the host's local time is ahead of UTC. */
  zoneMinutes: number;
  /** Seconds that our clock is ahead of the host's: what comes out is in ours. */
  aheadSeconds: number;
}

/**
 * When a log line was written, and what it says. Mosquitto puts seconds since 1970 before its lines,
 * or what `log_timestamp_format` says, in local time (mosquitto.conf(5) suggests
 * `%Y-%m-%dT%H:%M:%S`, which is understood, too), or nothing; `journalctl -o short-unix` seconds,
 * host and process before that. A time of another form is null.
 */
export function lineTime(line: string, times: LogTimes): { at: Date | null; text: string } {
  // The first of these words is the broker's: what a client chose comes after it.
  const start = /\b(?:New connection from |New client connected from |Client )/.exec(line)?.index;
  return { at: timeIn(line.slice(0, Math.min(start ?? 60, 160)), times), text: line.slice(start) };
}

function timeIn(prefix: string, { zoneMinutes, aheadSeconds }: LogTimes): Date | null {
  const epoch = /^(\d{1,11})(?:\.\d+)?[: ]/.exec(prefix);
  if (epoch) return new Date((Number(epoch[1]) + aheadSeconds) * 1000);
  const local = /(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)/.exec(prefix);
  if (!local) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = local
    .slice(1)
    .map(Number);
  const utc = Date.UTC(year, month - 1, day, hour, minute - zoneMinutes, second + aheadSeconds);
  return Number.isNaN(utc) ? null : new Date(utc);
}

/** `+0130`, as `date +%z` writes it, in minutes; 0 for anything else. */
export function zoneMinutes(text: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d)(\d\d)$/.exec(text) ?? [];
  return sign ? (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) : 0;
}
