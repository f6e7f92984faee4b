import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Tree } from '../advice/following.ts';
import { main } from './reading.ts';

/** Configurations of other people and many small ones, kept beside the repository where there are any. */
const corpus = resolve(import.meta.dirname, '../../../../shared/corpus');
export const isHere = existsSync(corpus);

const debianMain =
  'pid_file /run/mosquitto/mosquitto.pid\npersistence true\npersistence_location /var/lib/mosquitto/\nlog_dest file /var/log/mosquitto/mosquitto.log\ninclude_dir /etc/mosquitto/conf.d\n';

/** Each of them as it would stand below /etc/mosquitto, by name. */
export function trees(): [name: string, tree: Tree][] {
  if (!isHere) return [];
  return ['real', 'derived', 'facts', 'trees'].flatMap((set) =>
    readdirSync(join(corpus, set)).flatMap((name): [string, Tree][] => {
      const path = join(corpus, set, name);
      const text = (file: string) => readFileSync(file, 'latin1');
      if (statSync(path).isDirectory()) {
        const files = readdirSync(path, { recursive: true, encoding: 'utf8' });
        const these = files.filter((file) => statSync(join(path, file)).isFile());
        return [
          [
            `${set} ${name}`,
            new Map(these.map((file) => [`/etc/mosquitto/${file}`, text(join(path, file))])),
          ],
        ];
      }
      const alone: [string, Tree] = [`${set} ${name}`, new Map([[main, text(path)]])];
      if (set !== 'real') return [alone];
      const included = new Map([
        [main, debianMain],
        ['/etc/mosquitto/conf.d/local.conf', text(path)],
      ]);
      return [alone, [`${set} ${name} as conf.d/local.conf`, included]];
    }),
  );
}
