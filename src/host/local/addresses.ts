import { lookup } from 'node:dns/promises';
import { within } from '../programs/within.ts';

/** The system's own limit may be minutes, where no name server answers (resolv.conf(5), `timeout` and `attempts`). */
const naming = { seconds: 10, what: 'The name service', likely: 'It cannot be reached.' };

/** The addresses that a name has here (getaddrinfo(3)); none where it has none, or none is told in time. */
export const addressesOf = (name: string): Promise<string[]> =>
  within(lookup(name, { all: true, verbatim: true }), naming).then(
    (all) => all.map(({ address }) => address),
    () => [],
  );
