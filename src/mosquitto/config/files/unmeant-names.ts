/**
 * A name that is nobody's intention: a comment behind it, "=" before it, quotes around it, blanks or control
 * characters. To the broker all are part of the name. There may be such a file all the same: who can look, looks.
 */
export function isUnmeant(name: string): boolean {
  return name !== name.trim() || /^=|(^|\s)#|^["']|["']$|\p{Cc}/u.test(name);
}

/** The name without what is no part of it by intention; empty where nothing else is left. */
export function meantName(name: string): string {
  return name
    .replace(/(^|\s)#.*$/s, '')
    .replace(/^\s*=/, '')
    .trim()
    .replace(/^["']|["']$/g, '')
    .trim();
}
