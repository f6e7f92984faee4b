import { placeOf } from '../access/knock/sockets.ts';
import type { Seen, Table } from '../access/table.ts';
import type { Case, Door } from './answers.ts';

/** Where a broker was not met as the corpus tells of it, a sentence each: one of the two is wrong. */
export function differsFromTold({ doors, files }: Case, before: Table): string[] {
  const here = before.seen.filter(({ side }) => side === 'here');
  const told = doors.flatMap((door) =>
    door.addresses.map((address) => ({ door, place: placeOfDoor(door, address) })),
  );
  // The corpus' own client has an id that does not begin as is asked for; the observer chooses one that does.
  const prefixed = /^ *clientid_prefixes /m.test(Buffer.concat([...files.values()]).toString());
  return [
    ...differences(
      told.map(({ place }) => place),
      here.map(({ socket }) => placeOf(socket)),
    ),
    ...told.flatMap(({ door, place }) => {
      const seen = here.find(({ socket }) => placeOf(socket) === place);
      return seen && !prefixed ? anonymousDiffers(door, seen) : [];
    }),
  ];
}

const placeOfDoor = ({ port }: Door, address: string): string =>
  placeOf({ port, address: address === '::(dual)' ? '*' : address });

function differences(told: string[], met: string[]): string[] {
  return [
    ...told.filter((one) => !met.includes(one)).map((one) => `THE CORPUS: ${one} is not there.`),
    ...met.filter((one) => !told.includes(one)).map((one) => `THE CORPUS: says nothing of ${one}.`),
  ];
}

/** The corpus means who has no name, with a certificate where one is required. */
function anonymousDiffers(door: Door, { socket, answers }: Seen): string[] {
  if (door.protocol === 'unknown' || door.psk) return [];
  const kind = door.requires_client_cert ? 'certificate' : 'anonymous';
  const met = answers[kind];
  if (met?.got === door.anonymous) return [];
  return [
    `THE CORPUS: ${kind} at ${placeOf(socket)} is ${door.anonymous}; met ${met?.got} (${met?.words}).`,
  ];
}
