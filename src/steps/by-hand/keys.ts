import type { KeyType } from '../answers/answers.ts';

/** A private key that nobody else can read for an instant; one that is there is kept. `file` is quoted. */
export function keyLine(type: KeyType, file: string, lock = ''): string {
  const how =
    type === 'ecdsa-p256'
      ? '-algorithm EC -pkeyopt ec_paramgen_curve:P-256'
      : `-algorithm RSA -pkeyopt rsa_keygen_bits:${type.slice(4)}`;
  return `test -s ${file} || (umask 077; openssl genpkey ${how}${lock} -out ${file})`;
}

/** Lines of text as the input of a command. */
export const fed = (lines: readonly string[], command: string): string =>
  `printf '%s\\n' ${lines.join(' ')} | ${command}`;
