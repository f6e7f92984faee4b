/**
 * An error for people: what happened (`message`), why it probably did (`likely`), what to do next
 * (`next`). Each is a plain sentence, already cleaned for the screen. Everything that Lockstep
 * expects to go wrong is thrown as one of these; anything else is a defect of ours.
 */
export class Trouble extends Error {
  override readonly name: string = 'Trouble';
  readonly likely: string;
  readonly next: string;
  /** The other side's own words (a broker's log line, sudo's answer), or a list; cleaned and bounded. */
  readonly detail: string;
  /** The exit code of a headless command that ends because of it (see the README's table). */
  readonly exitCode: 1 | 2 | 3 | 4;

  constructor(what: string, more: TroubleDetails = {}) {
    super(what, { cause: more.cause });
    this.likely = more.likely ?? '';
    this.next = more.next ?? '';
    this.detail = more.detail ?? '';
    this.exitCode = more.exitCode ?? 1;
  }
}

export interface TroubleDetails {
  likely?: string;
  next?: string;
  detail?: string;
  exitCode?: 1 | 2 | 3 | 4;
  cause?: unknown;
}
