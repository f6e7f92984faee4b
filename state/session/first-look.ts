import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What the first frame needs of what is remembered: which broker was worked on last (null: none is).
 * Read without the schema, which would keep the frame waiting; all that counts is read properly
 * afterwards. Null where anything is not plainly so: then look properly first.
 */
export function firstLook(folder: string): { broker: string | null } | null {
  try {
    const current = join(folder, 'current.json');
    if (!existsSync(current)) {
      const sites = join(folder, 'sites');
      return existsSync(sites) && readdirSync(sites).length > 0 ? null : { broker: null };
    }
    const { id } = read(current);
    if (typeof id !== 'string' || !/^[a-z0-9-]+$/.test(id)) return null;
    const { broker } = read(join(folder, 'sites', `${id}.json`)).answers as Record<string, unknown>;
    return typeof broker === 'string' ? { broker } : null;
  } catch {
    return null;
  }
}

const read = (path: string): Record<string, unknown> => JSON.parse(readFileSync(path, 'utf8'));
