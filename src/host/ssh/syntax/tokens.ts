import { createHash } from 'node:crypto';
import { hostname as thisMachine } from 'node:os';

/** What stands for something in a configuration. */
export type Tokens = Readonly<Record<string, string>>;

/** Where it goes, as far as a token can tell it. */
export interface Journey {
  alias: string;
  hostname: string;
  port: number;
  user: string;
  localUser: string;
  home: string;
  hostKeyAlias?: string;
  jumps: readonly string[];
}

/**
 * What `%h` and the like are; ssh_config(5), TOKENS. Left out is what versions of ssh make differently: `%j`, and `%C`
 * with hosts on the way, which newer ones count in.
 */
export function tokensOf(journey: Journey): Tokens {
  const { alias, hostname, user, localUser, home, hostKeyAlias, jumps } = journey;
  const port = String(journey.port);
  const here = thisMachine();
  const hash = createHash('sha1').update(`${here}${hostname}${port}${user}`).digest('hex');
  return {
    '%': '%',
    ...(jumps.length === 0 && { C: hash }),
    d: home,
    h: hostname,
    i: String(process.getuid?.() ?? ''),
    k: hostKeyAlias ?? alias,
    L: here.replace(/\..*/, ''),
    l: here,
    n: alias,
    p: port,
    r: user,
    u: localUser,
  };
}

/** A text with its tokens and `${VARIABLES}` replaced, as by vdollar_percent_expand in misc.c of ssh; throws what `unknown` makes of another. */
export function expanded(
  text: string,
  tokens: Readonly<Record<string, string | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
  unknown: (raw: string) => Error,
): string {
  return text.replace(/%(.?)|\$\{([^}]*)\}?/gs, (raw, token: string, variable: string) => {
    const value = raw.startsWith('%') ? tokens[token] : raw.endsWith('}') && environment[variable];
    if (typeof value !== 'string') throw unknown(raw);
    return value;
  });
}
