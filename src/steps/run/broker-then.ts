/**
 * What the broker does when something was put back: only what it was told to, and was seen to do. `ran`: whether it was
 * started as before or stopped as before; null: it was told neither.
 */
export function brokerThen(ran: boolean | null): string {
  if (ran === null) return 'the broker was not restarted';
  return ran ? 'the broker serves as it did before' : 'the broker is stopped, as it was';
}
