/**
 * For what reasons a configuration that loads may be refused, and in which words. Each is something
 * that cannot be done safely; another refusal is a defect.
 */
export const refusals: Readonly<Record<string, RegExp>> = {
  'the listener is bound to an address that is not reached from here':
    /^Port 8883 would listen at \S+, but you reach this broker at \S+\.\n/,
};

/** The reason behind these words, or the words themselves. */
export const reasonOf = (words: string): string =>
  Object.keys(refusals).find((reason) => refusals[reason]?.test(words)) ?? words;
