// How a broker was started, mosquitto(8).

/** `{ path=/usr/sbin/mosquitto ; argv[]=/usr/sbin/mosquitto -c /etc/… ; … }`, as systemctl shows it. */
export function unitArguments(execStart: string): string[] {
  return /argv\[\]=([^;]*)/.exec(execStart)?.[1]?.trim().split(' ').filter(Boolean) ?? [];
}

/** The program of the same; empty where the unit names none. */
export const unitProgram = (execStart: string): string =>
  /^\{ path=([^ ;]*) /.exec(execStart)?.[1] ?? '';

/** The value of `-c` or `--config-file` (mosquitto(8)), or null when it runs without one. */
export function configurationArgument(argv: string[]): string | null {
  for (const [index, word] of argv.entries())
    if (word === '-c' || word === '--config-file') return argv[index + 1] ?? null;
  return null;
}
