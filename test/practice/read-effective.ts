import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Effective, Listener } from '../../src/mosquitto/effective.ts';

/** Reads what these tests write and no more; a configuration with the word `nonsense` does not load. */
export async function readEffective(mainFile: string): Promise<Effective> {
  const listeners: Listener[] = [];
  let anonymous: Listener['anonymous'] = 'refused';
  let passwordFile: string | undefined;
  const folder = join(mainFile, '..', 'conf.d');
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.conf'))) {
    const file = join(folder, name);
    for (const [index, text] of readFileSync(file, 'utf8').split('\n').entries()) {
      const [option = '', ...words] = text.split(' ');
      const value = words.join(' ');
      const listener = listeners.at(-1);
      if (option === 'nonsense')
        return {
          loads: false,
          firstError: 'Error: Unknown configuration variable "nonsense".',
          listeners: [],
        };
      if (option === 'listener')
        listeners.push({
          port: Number(words[0]),
          addresses: [words[1] ?? '0.0.0.0'],
          protocol: 'mqtt',
          tls: false,
          requiresClientCertificate: false,
          minimumTls: null,
          anonymous: 'refused',
          at: { file, line: index + 1 },
          settings: { useIdentityAsUsername: false, useSubjectAsUsername: false },
        });
      if (option === 'allow_anonymous') anonymous = value === 'true' ? 'accepted' : 'refused';
      if (option === 'password_file') passwordFile = value;
      if (!listener) continue;
      if (option === 'certfile') Object.assign(listener, { tls: true, minimumTls: '1.2' });
      if (['certfile', 'keyfile', 'cafile', 'crlfile'].includes(option))
        Object.assign(listener.settings, { [option]: value });
      if (option === 'tls_version') listener.minimumTls = value.slice(4) as '1.2' | '1.3';
      if (option === 'require_certificate') listener.requiresClientCertificate = true;
      if (option === 'use_identity_as_username') listener.settings.useIdentityAsUsername = true;
    }
  }
  for (const listener of listeners) {
    listener.anonymous = listener.settings.useIdentityAsUsername ? 'accepted' : anonymous;
    listener.settings.passwordFile = passwordFile;
  }
  return { loads: true, firstError: null, listeners };
}
