import { dynamicSecurity } from '../corpus/named-files.ts';
import type { Making } from './making.ts';

/** Who may come in, and what for: of all listeners, or of one where each has its own. */
export function securityOf({ dice, suite, files, perListener }: Making): string[] {
  const anonymous = dice.one(['true', 'true', 'false', 'false', null]);
  const rolled = dice.one(ways);
  // 2.1 loads dynamic security once.
  const way = rolled === 'dynamic' && files.has(dynamicFile) ? 'password' : rolled;
  if (way === 'dynamic')
    files.set(dynamicFile, dynamicSecurity(dice.likely(0.7) ? ['client01'] : []));
  // With one file for all nobody would see it when a listener takes another one's.
  const passwords = `/etc/mosquitto/${perListener ? dice.one(['passwd', 'passwd-2']) : 'passwd'}`;
  const login = {
    nobody: [],
    password: [`password_file ${passwords}`],
    dynamic: [
      `${suite === 'forky' && !perListener ? dice.one(['plugin', 'global_plugin']) : 'plugin'} /usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so`,
      `plugin_opt_config_file /etc/mosquitto/${dynamicFile}`,
    ],
    passwordPlugin:
      suite === 'forky'
        ? [
            'plugin /usr/lib/x86_64-linux-gnu/mosquitto/mosquitto_password_file.so',
            `plugin_opt_password_file ${passwords}`,
          ]
        : [`password_file ${passwords}`],
  }[way];
  return [
    ...(anonymous === null ? [] : [`allow_anonymous ${anonymous}`]),
    ...login,
    ...(way === 'dynamic' ? [] : accessList({ dice, suite, files })),
  ];
}

const dynamicFile = 'dynamic-security.json';

const ways = [
  'nobody',
  'nobody',
  'password',
  'password',
  'password',
  'dynamic',
  'passwordPlugin',
] as const;

/** What may be read and written; `test/` is where somebody looks. */
const lists = {
  all: 'topic readwrite #\npattern readwrite #\n',
  readers: 'topic read test/#\nuser login\ntopic readwrite test/#\npattern readwrite test/#\n',
  named: 'user login\ntopic readwrite #\npattern readwrite test/#\n',
  own: 'topic readwrite test/#\npattern readwrite devices/%u/#\npattern readwrite test/#\n',
} as const;

function accessList({ dice, suite, files }: Pick<Making, 'dice' | 'suite' | 'files'>): string[] {
  if (!dice.likely(0.3)) return [];
  const name = dice.one(['all', 'readers', 'named', 'own'] as const);
  const file = `lists/${name}.acl`;
  files.set(file, lists[name]);
  if (suite === 'forky' && dice.likely(0.4))
    return [
      'plugin /usr/lib/x86_64-linux-gnu/mosquitto/mosquitto_acl_file.so',
      `plugin_opt_acl_file /etc/mosquitto/${file}`,
    ];
  return [`acl_file /etc/mosquitto/${file}`];
}
