/** The Debian releases that broker hosts are made from. */
export const suites = ['bookworm', 'trixie', 'forky'] as const;
export type Suite = (typeof suites)[number];

/**
 * The mosquitto each release ships. Bookworm and trixie stay where they are; forky still moves,
 * so of its version only the series is sure.
 */
export const brokerVersions: Readonly<Record<Suite, RegExp>> = {
  bookworm: /^2\.0\.11$/,
  trixie: /^2\.0\.21$/,
  forky: /^2\.1\.\d+$/,
};

/** The version of a suite's broker, for a heading: `2.1` where each newer one of these will do. */
export const versionOf = (suite: Suite): string =>
  brokerVersions[suite].source.replaceAll(/[\\^$]|d\+/g, '').replace(/\.$/, '');

/** Reads a suite's name from a command line. */
export function asSuite(text: string | undefined): Suite {
  const suite = suites.find((known) => known === text);
  if (!suite) throw new Error(`no such suite: ${text ?? '(none)'}; there are ${suites.join(', ')}`);
  return suite;
}
