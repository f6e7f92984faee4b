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

/** The first block whose label matches, or null. Text around blocks is ignored, as openssl does. */
export function pemBlock(text: string, label: RegExp): PemBlock | null {
  const block = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([^-]*?)-----END \1-----/g;
  // A legacy encrypted key has headers (with dashes in them) before its base64.
  const withHeaders = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n(Proc-Type:[\s\S]*?)-----END \1-----/g;
  for (const match of [...text.matchAll(block), ...text.matchAll(withHeaders)]) {
    const [whole, found = '', body = ''] = match;
    if (!label.test(found)) continue;
    const base64 = body.replace(/^[\s\S]*?\r?\n\r?\n/, '');
    return { label: found, text: `${whole}\n`, der: Buffer.from(base64, 'base64') };
  }
  return null;
}
