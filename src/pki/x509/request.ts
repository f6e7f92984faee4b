import { createPublicKey, type KeyObject } from 'node:crypto';
import { Trouble } from '../../errors/trouble.ts';
import {
  type Asn1,
  children,
  content,
  decode,
  dotted,
  encode,
  integer,
  isTagged,
  oid,
  sequence,
  set,
  tagged,
} from '../encoding/der.ts';
import { oids } from '../encoding/oids.ts';
import { pemBlock, toPem } from '../encoding/pem.ts';
import { spki } from '../keys/key.ts';
import { extensionList, subjectAltNameExtension } from './extensions.ts';
import { readAltNames } from './read-extensions.ts';
import type { SubjectAltName } from './san.ts';
import { signed, verifies } from './signature.ts';
import { encodeSubject, readSubject, type Subject, subjectText } from './subject.ts';

// Certificate requests, PKCS#10 (RFC 2986): a holder's public key and wishes, signed with its
// private key to show that it has it. The article makes them by hand; NAME.csr stays as its record.

/** A request as PEM; the names wished for stand in it as an extension request. */
export function makeRequest(
  subject: Subject,
  key: KeyObject,
  names: readonly SubjectAltName[],
): string {
  const wishes = extensionList(subjectAltNameExtension(names));
  const attributes = names.length > 0 ? [sequence(oid(oids.extensionRequest), set(wishes))] : [];
  const info = sequence(
    integer(0),
    encodeSubject(subject),
    decode(spki(key)),
    tagged(0, ...attributes),
  );
  return toPem('CERTIFICATE REQUEST', signed(info, key));
}

export interface CertificateRequest {
  /** On one line, cleaned. */
  subject: string;
  subjectDer: Buffer;
  names: SubjectAltName[];
  publicKey: KeyObject;
}

/**
 * Reads a request and verifies its signature: whoever made it has the private key.
 * `file` is how it is called in messages, already clean. Throws a Trouble.
 */
export function readRequest(pem: string, file: string): CertificateRequest {
  const block = pemBlock(pem, /^(NEW )?CERTIFICATE REQUEST$/);
  let request: CertificateRequest | null = null;
  try {
    if (block) request = parse(block.der);
  } catch (cause) {
    throw new Trouble(`${file} is damaged: it is no certificate request.`, { cause });
  }
  if (request) return request;
  throw new Trouble(`${file} holds no certificate request that can be used.`, {
    likely: block
      ? 'Its signature is not that of the key in it: it was changed, or its key is of an unknown kind.'
      : 'It is another kind of file.',
    next: 'Make the request again.',
  });
}

/** Null when the signature does not fit. */
function parse(der: Buffer): CertificateRequest | null {
  const [info, algorithm, signature] = children(decode(der));
  if (!info) throw new Error('empty');
  const [, subject, publicKeyInfo, ...rest] = children(info);
  if (!subject || !publicKeyInfo) throw new Error('incomplete');
  const publicKey = createPublicKey({ key: encode(publicKeyInfo), format: 'der', type: 'spki' });
  const id = dotted(children(algorithm)[0]);
  if (!verifies(id, encode(info), content(signature).subarray(1), publicKey)) return null;
  return {
    subject: subjectText(readSubject(subject)),
    subjectDer: encode(subject),
    names: wishedNames(rest.find((one) => isTagged(one, 0))),
    publicKey,
  };
}

function wishedNames(attributes: Asn1 | undefined): SubjectAltName[] {
  for (const attribute of attributes ? children(attributes) : []) {
    const [type, values] = children(attribute);
    if (dotted(type) === oids.extensionRequest) return readAltNames(children(children(values)[0]));
  }
  return [];
}
