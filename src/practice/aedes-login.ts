import type { TLSSocket } from 'node:tls';
import type { Listener } from '../mosquitto/effective/listener.ts';
import type { StandInListener } from './aedes-listeners.ts';
import { passwordFits } from './password-file.ts';

/** A refusal with its CONNACK code (MQTT 3.1.1 section 3.2.2.3). */
export type ConnackRefusal = Error & { returnCode: 4 | 5 };

/**
 * Who may come in at a listener, in mosquitto's order: the certificate's name where one counts, then
 * user name and password, then anonymous. Null: may come in.
 */
export async function login(
  at: StandInListener,
  client: { id: string; conn: object },
  username: string | undefined,
  password: Uint8Array | undefined,
): Promise<ConnackRefusal | null> {
  const { listener, passwords } = at;
  if (!client.id.startsWith(listener.clientIdPrefix?.prefix ?? ''))
    return refusal(5, 'not authorised');
  const { useIdentityAsUsername, useSubjectAsUsername } = listener.settings;
  if (listener.tls && (useIdentityAsUsername || useSubjectAsUsername))
    return certificateName(client.conn, listener) ? null : refusal(4, 'no name in the certificate');
  if (username !== undefined && passwords !== null) {
    const fits = await passwordFits(passwords, username, password ?? new Uint8Array());
    return fits ? null : refusal(5, 'not authorised');
  }
  return listener.anonymous === 'accepted' ? null : refusal(5, 'not authorised');
}

function certificateName(connection: object, listener: Listener): string {
  const subject = (connection as TLSSocket).getPeerCertificate?.().subject;
  if (!subject) return '';
  if (!listener.settings.useIdentityAsUsername) return JSON.stringify(subject);
  // With several common names Node gives a list.
  return [subject.CN].flat().join('');
}

function refusal(returnCode: 4 | 5, message: string): ConnackRefusal {
  return Object.assign(new Error(message), { returnCode });
}
