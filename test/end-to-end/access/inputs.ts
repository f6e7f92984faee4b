import type { Suite } from '../../support/hosts/suites.ts';
import type { Case } from '../corpus/answers.ts';
import { dynamicSecurity } from '../corpus/named-files.ts';
import type { Choice } from './meet.ts';

/** A small broker as somebody has it, of which a choice let somebody in, or shut somebody out, unsaid. */
export interface Input extends Case {
  suite: Suite;
  choice: Choice;
}

const input = (
  suite: Suite,
  choice: Choice,
  name: string,
  text: string,
  more: Record<string, string> = {},
): Input => ({
  suite,
  choice,
  name,
  files: new Map(
    Object.entries({ 'conf.d/local.conf': text, ...more }).map(([file, words]) => [
      file,
      Buffer.from(words),
    ]),
  ),
  doors: [],
});

const passwords = 'password_file /etc/mosquitto/passwd\n';
const certificates = `cafile /etc/mosquitto/own/ca.crt
certfile /etc/mosquitto/own/broker.crt
keyfile /etc/mosquitto/own/broker.key
`;

/** On which host each is met; `LAN` stands for the host's address. */
export const inputs: readonly Input[] = [
  input(
    'bookworm',
    'loopback',
    'a second listener that asks for a password',
    `allow_anonymous false\n${passwords}listener 1883\nlistener 1884\n`,
  ),
  input(
    'trixie',
    'open',
    'websockets that ask for a password',
    `allow_anonymous false\n${passwords}listener 1883\nlistener 9001\nprotocol websockets\n`,
  ),
  input(
    'forky',
    'loopback',
    'settings of their own: one listener with passwords, one open on loopback',
    `per_listener_settings true
listener 1883
allow_anonymous false
${passwords}listener 1884 127.0.0.1
allow_anonymous true
`,
  ),
  input(
    'trixie',
    'refuse',
    'port 8883 in use by holders of certificates of another authority',
    `allow_anonymous true\nlistener 8883\n${certificates}require_certificate true\n`,
  ),
  input(
    'bookworm',
    'refuse',
    'passwords at port 8883, whose certificate is of another authority',
    `allow_anonymous false\n${passwords}listener 8883\n${certificates}`,
  ),
  input(
    'forky',
    'remove',
    'websockets over TLS at port 8883',
    `allow_anonymous false\n${passwords}listener 1883\nlistener 8883\nprotocol websockets\n${certificates}`,
  ),
  input(
    'trixie',
    'refuse',
    'dynamic security',
    `allow_anonymous false
plugin /usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so
plugin_opt_config_file /etc/mosquitto/dynamic-security.json
listener 1883
`,
    { 'dynamic-security.json': dynamicSecurity(['client01']) },
  ),
  input(
    'forky',
    'refuse',
    'passwords by a plugin',
    `allow_anonymous false
global_plugin /usr/lib/x86_64-linux-gnu/mosquitto/mosquitto_password_file.so
plugin_opt_password_file /etc/mosquitto/passwd
listener 1883
`,
  ),
  input(
    'bookworm',
    'refuse',
    'anonymous on loopback, passwords on the network, under settings of their own',
    `per_listener_settings true
listener 1883 localhost
allow_anonymous true
listener 1884 LAN
${passwords}`,
  ),
  input(
    'trixie',
    'loopback',
    'the only listener is at another port',
    'listener 2883\nallow_anonymous true\n',
  ),
  input(
    'forky',
    'loopback',
    'several open listeners',
    'allow_anonymous true\nlistener 1883\nlistener 1886 LAN\nlistener 1887\n',
  ),
  input(
    'bookworm',
    'open',
    'nothing on the plain port, another one on loopback',
    'allow_anonymous true\nlistener 1884 127.0.0.1\n',
  ),
  input(
    'bookworm',
    'refuse',
    'TLS at port 8883 for everybody, no certificate asked for',
    `allow_anonymous true\nlistener 8883\n${certificates.slice(certificates.indexOf('certfile'))}`,
  ),
  input(
    'trixie',
    'refuse',
    'one client at a time',
    'allow_anonymous true\nlistener 1883\nmax_connections 1\n',
  ),
  input(
    'forky',
    'open',
    'websockets where the plain port is',
    'allow_anonymous true\nlistener 1883\nprotocol websockets\n',
  ),
];

/** With the host's address in place of `LAN`. */
export const onHost = (one: Case, address: string): Case => ({
  ...one,
  files: new Map(
    [...one.files].map(([name, bytes]) => [
      name,
      Buffer.from(bytes.toString().replaceAll('LAN', address)),
    ]),
  ),
});
