/** DER in its text form (RFC 7468), lines of 64 characters. */
export function toPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** One block of a PEM file, with its label, its text, and its bytes. */
export interface PemBlock {
  label: string;
  text: string;
  der: Buffer;
}

/** The first block whose label matches, or null. */
export const pemBlock = (text: string, label: RegExp): PemBlock | null =>
  pemBlocks(text, label)[0] ?? null;

/** The blocks whose label matches, in order. Text around blocks is ignored, as openssl does. */
export function pemBlocks(text: string, label: RegExp): PemBlock[] {
  const block = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([^-]*?)-----END \1-----/g;
  // A legacy encrypted key has headers (with dashes in them) before its base64.
  const withHeaders =
    /-----BEGIN ([A-Z0-9 ]+)-----\r?\n(Proc-Type:(?:(?!-----)[\s\S])*)-----END \1-----/g;
  return [...text.matchAll(block), ...text.matchAll(withHeaders)].flatMap((match) => {
    const [whole, found = '', body = ''] = match;
    if (!label.test(found)) return [];
    const base64 = body.replace(/^[\s\S]*?\r?\n\r?\n/, '');
    return [{ label: found, text: `${whole}\n`, der: Buffer.from(base64, 'base64') }];
  });
}
