import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../src/host-scripts');

/** A file of src/host-scripts. */
export interface ScriptFile {
  /** Its path there, without `.sh`. */
  name: string;
  header: string;
  body: string;
  /** It is put into others, and not run by itself. */
  isPart: boolean;
}

export const scriptFiles: ScriptFile[] = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.sh'))
  .sort()
  .map((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const [header = ''] = /^(#.*\n)+\n/.exec(text) ?? [];
    return {
      name: file.slice(0, -'.sh'.length),
      header,
      body: text.slice(header.length),
      isPart: header.startsWith('# Part: '),
    };
  });

export const programs = scriptFiles.filter(({ isPart }) => !isPart);
