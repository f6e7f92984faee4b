import type { Client, Point } from './clients-tried.ts';

/** Some clients at one place, as a sentence of the advice names them. */
export interface Said {
  words: string;
  /** Those of them that are meant for certain; null where the words are not known. */
  are: ((client: Client) => boolean) | null;
  at: (point: Point) => boolean;
}

/** The clients that a sentence of the advice names: `Shut out from then on: …`. */
export function saidAfter(begin: string, fix: string): Said[] {
  const sentence = new RegExp(`${begin}: (.*?)\\.(?= [A-Z]|$)`).exec(fix)?.[1];
  if (sentence === undefined) return [];
  return sentence.split('; ').flatMap((group) => {
    const [, clients = '', places = ''] = /^(.*) at ((?:port|\/|the port).*)$/.exec(group) ?? [];
    const others = clients.endsWith(' from other machines');
    const kinds = clients.replace(/ from other machines$/, '').split(/(?:,| and) (?=clients )/);
    return places.split(/(?:,| and) (?=port|\/|the port)/).flatMap((place) =>
      kinds.map((words) => ({
        words,
        are: meaning(words),
        at: (point: Point) => isAt(point, place) && !(others && isOwn(point)),
      })),
    );
  });
}

const isOwn = ({ address }: Point) => address === '::1' || address.startsWith('127.');

function isAt(point: Point, place: string): boolean {
  const [, port, address] = /^port (\d+)(?: on (\S+))?$/.exec(place) ?? [];
  if (port === undefined)
    return place.startsWith('/')
      ? point.address === place
      : point.port === 0 && !point.address.startsWith('/');
  if (point.port !== Number(port)) return false;
  if (address === undefined || address === point.address) return true;
  return (
    (address === '0.0.0.0' && !point.address.includes(':')) ||
    (address === '::' && point.address.includes(':'))
  );
}

/** Who is meant by some words. */
function meaning(words: string): Said['are'] {
  const [who = '', lacks] = words.split(/, but no /);
  const without = lacks?.split(' or no ').map((each) => lack(each)) ?? [];
  const all = [base(who), ...without];
  return all.includes(null) ? null : (client) => all.every((one) => one?.(client));
}

function lack(words: string): Said['are'] {
  if (words === 'TLS') return ({ tls }) => !tls;
  const has = proof(`a ${words}`);
  return has && ((client) => !has(client));
}

function base(words: string): Said['are'] {
  if (words === 'clients without TLS') return ({ tls }) => !tls;
  const authority = /^clients without a (certificate of .*|shared key)$/.exec(words)?.[1];
  if (authority !== undefined) return lack(authority);
  if (words === 'clients without a user name') return ({ name }) => name === '';
  if (words === 'clients whose certificate was revoked') return ({ revoked }) => revoked;
  if (words === 'clients with a user name that is not known there')
    return ({ name }) => name === 'any';
  const other = /^clients whose id does not begin with (.*)$/.exec(words)?.[1];
  if (other !== undefined) return ({ id }) => !id.startsWith(other);
  const [, has] = /^clients (?:without name and password, but )?with (.*)$/.exec(words) ?? [];
  const without = words.startsWith('clients without name and password');
  const isNobody = ({ name }: Client) => !name.includes(' ');
  if (has === undefined) return words === 'clients without name and password' ? isNobody : null;
  const all = has.split(/(?:,| and) (?=an? |any )/).map(proof);
  if (all.includes(null)) return null;
  return (client) => (!without || isNobody(client)) && all.every((one) => one?.(client));
}

function proof(words: string): Said['are'] {
  const [, kind, of = ''] =
    /^(a certificate of|a password of|a name that|an id that begins with) (.*?)(?: knows)?$/.exec(
      words,
    ) ?? [];
  if (words === 'a shared key') return ({ key }) => key !== '';
  if (words === 'any user name, without a password') return ({ name }) => name !== '';
  if (kind === 'a certificate of') return ({ certificate }) => certificate === of;
  if (kind === 'a password of') return ({ name }) => name === `file ${of}`;
  if (kind === 'a name that') return ({ name }) => name === `plugin ${of}`;
  return kind === undefined ? null : ({ id }) => id.startsWith(of);
}
