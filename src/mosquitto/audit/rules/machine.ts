import { posix } from 'node:path';
import type { Directive } from '../../config/model/configuration.ts';
import { isHasty } from '../../config/model/hasty.ts';
import { knownPlugin } from '../../config/model/known-plugins.ts';
import { lineAt } from '../advice/blocks.ts';
import { removed } from '../advice/edit.ts';
import { type Draft, found, type Rule } from '../advice/finding.ts';

/** The rest: who the broker runs as, and bridges that check nothing. */
export const others: Rule = ({ configuration, behaviour }) => {
  const { memory, directives } = configuration;
  const findings: Draft[] = [];
  const user = memory.broker.get('user');
  if (user?.value === 'root') {
    const lines = directives.filter(({ option }) => option === 'user');
    findings.push(
      found(
        'runs-as-root',
        'warning',
        user.place,
        'The broker keeps all rights of root; a fault in it is a fault in everything.',
        {
          ways: [
            {
              edits: lines.map(removed),
              first:
                'First look that the user mosquitto, as whom the broker then runs, may read its key, its password file and its database.',
            },
          ],
          otherwise:
            'It is to run as user mosquitto. Only root can open ports below 1024: choose others first.',
        },
      ),
    );
  }
  const keepalive = memory.broker.get('max_keepalive');
  if (keepalive !== undefined && behaviour.dropsAtMaxKeepalive) {
    const also = isHasty(configuration)
      ? ', and now and then on whoever has just come, with any keepalive'
      : '';
    findings.push(
      found(
        'hangs-up',
        'warning',
        keepalive.place,
        `Mosquitto ${behaviour.version} hangs up on clients whose keepalive is max_keepalive, here ${keepalive.value} seconds${also} (issue 3286).`,
        'Update Mosquitto to 2.0.22 or later. Until then another number helps, but not 60, and larger than what any client asks for.',
      ),
    );
  }
  const prefixes = memory.broker.get('clientid_prefixes');
  if (prefixes !== undefined) {
    findings.push(
      found(
        'client-id-prefix',
        'warning',
        prefixes.place,
        'A client id is what the client says of itself: who guesses the prefix gets past this line.',
        'Let certificates or passwords decide who gets in; do not take the line away before they do.',
      ),
    );
  }
  for (const { settings, name } of memory.bridges) {
    const insecure = settings.get('bridge_insecure');
    if (insecure?.value !== true) continue;
    const line = lineAt(insecure.place, configuration);
    findings.push(
      found(
        'bridge-insecure',
        'warning',
        insecure.place,
        `The bridge "${name}" does not check the other broker's name: anybody with a certificate of that authority can pose as it.`,
        {
          ways: line
            ? [
                {
                  edits: [removed(line)],
                  first:
                    "First look that the bridge's address is a name in the other broker's certificate.",
                },
              ]
            : [],
          otherwise: "The name is to be checked; it must be one of the other broker's certificate.",
        },
      ),
    );
  }
  return findings;
};

/** Where everybody may write, and the folders within. */
const open = ['/tmp', '/var/tmp', '/dev/shm', '/run/lock', '/var/lock'];
const decisive =
  /^(((password|acl|psk)_|bridge_(ca|cert|key)|ca|cert|key|crl)file|(bridge_)?capath|include_dir|(auth_|global_)?plugin|plugin_load)$/;
const pluginOption = /^(?:plugin|auth)_opt_(.+)$/;

/** What decides who gets in, in a folder where everybody on the machine may put files. */
export const openFolders: Rule = ({ configuration }) =>
  configuration.directives.flatMap((line) => {
    const path = `${posix.normalize(decidingPath(line))}/`;
    const folder = open.find((one) => path.startsWith(`${one}/`));
    if (folder === undefined) return [];
    return [
      found(
        'file-in-open-folder',
        'critical',
        line,
        `Everybody on the broker's machine may put files into ${folder}: who does so first, as after a reboot that empties it, decides what the broker takes for "${line.option}".`,
        'Move it below /etc/mosquitto, to the owner that it needs, and name it there.',
      ),
    ];
  });

/** The path in a line that names what decides who gets in, or what they may do; empty in any other line. */
function decidingPath({ option, value, plugin }: Directive): string {
  // `plugin_load NAME PATH`
  if (option === 'plugin_load') return value.replace(/^\S+\s+/, '');
  if (decisive.test(option)) return value;
  const key = pluginOption.exec(option)?.[1];
  if (key === undefined || plugin === null) return '';
  const known = knownPlugin(plugin.path);
  // What an unknown one is given is taken for a file where it looks like one; a database decides nothing.
  const names = known === null ? value.startsWith('/') : known.fileOptions.includes(key);
  return names && !known?.isDatabase ? value : '';
}
