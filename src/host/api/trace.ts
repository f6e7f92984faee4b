import { HostError } from '../../errors/host-error.ts';

/** One action on a host, as a trace shows it: what it was and what came of it, never what it carried. */
export interface Traced {
  /** When it began, ISO 8601. */
  at: string;
  host: string;
  root: boolean;
  /** For people: `Reading /etc/mosquitto/mosquitto.conf`, or the program's name. Never arguments. */
  what: string;
  milliseconds: number;
  /** Exit status, the signal that ended it, or the kind of HostError. */
  outcome: number | string;
}

/** Is told every action when it has ended. */
export type Trace = (action: Traced) => void;

/** Does something, and tells the trace. `outcome` is what a result counts as. */
export async function traced<T>(
  trace: Trace | undefined,
  { host, root, what }: Pick<Traced, 'host' | 'root' | 'what'>,
  act: () => Promise<T>,
  outcome: (result: T) => Traced['outcome'],
): Promise<T> {
  if (!trace) return act();
  const at = new Date().toISOString();
  const began = performance.now();
  const tell = (came: Traced['outcome']) => {
    const milliseconds = Math.round(performance.now() - began);
    trace({ at, host, root, what, milliseconds, outcome: came });
  };
  try {
    const result = await act();
    tell(outcome(result));
    return result;
  } catch (error) {
    tell(error instanceof HostError ? error.kind : 'failed');
    throw error;
  }
}
