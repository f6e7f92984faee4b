import type { Behaviour } from '../config/model/behaviour.ts';
import { knownPlugin } from '../config/model/known-plugins.ts';
import { isOn, type Memory, type Plugin, textOf } from '../config/model/memory.ts';
import type { Admits, Listener } from './listener.ts';
import type { OpenListener } from './open-listener.ts';
import { allowed, pluginsFor } from './protection.ts';
import { protocolOf } from './sockets.ts';

type Asked = Pick<
  Listener,
  'anonymous' | 'requiresClientCertificate' | 'tls' | 'settings' | 'admits'
>;

/** Whether a listener lets in who shows nothing at all: a pre-shared key is something to show, too. */
export const opensToAll = ({
  anonymous,
  requiresClientCertificate,
  tls,
  settings,
}: Asked): boolean =>
  anonymous === 'accepted' &&
  !requiresClientCertificate &&
  (!tls || settings.certfile !== undefined);

/** Whether any name gets in there, without a password: nothing looks names up. */
export const takesAnyName = ({ requiresClientCertificate, admits }: Asked): boolean =>
  !requiresClientCertificate &&
  admits?.lets.password === true &&
  !admits.byKey &&
  admits.by.password === undefined;

/** Who gets in at a listener. What the files hold that it names is not known here. */
export function letIn(
  { configured, protection, anonymous }: OpenListener,
  memory: Memory,
  behaviour: Behaviour,
): Admits {
  const { settings, security } = configured;
  const who = memory.perListener === null ? memory.security : security;
  const passwordFile = textOf(who.settings, 'password_file');
  const plugin = pluginsFor(configured, memory, behaviour).find(mayKnowNames);
  const authority = textOf(settings, 'cafile') ?? textOf(settings, 'capath');
  const by = {
    ...(passwordFile === undefined ? {} : { password: passwordFile }),
    ...(authority === undefined ? {} : { certificate: authority }),
    ...(plugin === undefined ? {} : { plugin: plugin.path }),
  };
  const nobody = { anonymous: false, password: false, certificate: false, plugin: false };
  if (protection.broken || protocolOf(configured) === 'http_api') return { lets: nobody, by };
  const named = ['use_identity_as_username', 'use_subject_as_username'].some((name) =>
    isOn(settings, name),
  );
  if (protection.kind === 'psk') {
    // Who knows the key gets in by it, and has its identity for a name where that is asked for.
    const keys = named || anonymous.accepted;
    const besides = !named && (passwordFile !== undefined || plugin !== undefined);
    const more = besides ? { keyAndName: true as const } : {};
    const keyFile = textOf(who.settings, 'psk_file');
    const own = { ...by, ...(keyFile === undefined ? {} : { password: keyFile }) };
    return { lets: { ...nobody, password: keys }, by: own, byKey: true, ...more };
  }
  const required = protection.requiresClientCertificate;
  if (protection.kind === 'certificate' && named)
    // A certificate is the login; where none is asked for, nobody has one.
    return { lets: { ...nobody, certificate: required }, by };
  const anyName = allowed(configured, memory, behaviour).accepted;
  return {
    lets: {
      anonymous: anonymous.accepted && !required,
      // Where nothing looks at names, any will do where none is needed. What a plugin does is not known here.
      password: passwordFile !== undefined || (anyName && plugin === undefined),
      certificate:
        protection.kind === 'certificate' && authority !== undefined && anonymous.accepted,
      plugin: plugin !== undefined,
    },
    by,
  };
}

/** What is not known may let in whom it likes. */
const mayKnowNames = ({ path }: Plugin): boolean => knownPlugin(path)?.takesPasswords ?? true;
