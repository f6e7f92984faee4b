import type { Host } from '../../host/api/host.ts';
import { scriptCommand } from '../../host-scripts/script.ts';

/**
 * Gives each folder of a host one name. What really lies in one of our folders is called by its name in there,
 * by whatever way a configuration gets to it; what lies elsewhere, as the configuration calls it first.
 */
export class FolderNames {
  private readonly host: Host;
  /** The folders whose names are preferred, in this order; the last is the broker's, with its tree. */
  private readonly own: readonly string[];
  /** Where a name really leads, links followed. */
  private readonly leads: Map<string, string>;

  /** `leads`: where the broker's folder, and the links to folders in it, really lead. */
  constructor(host: Host, own: readonly string[], leads: ReadonlyMap<string, string>) {
    this.host = host;
    this.own = own;
    this.leads = new Map(leads);
  }

  /** The name of the folder at a full path. `isInTree`: found in the broker's without following a link. */
  async of(path: string, isInTree: boolean): Promise<string> {
    const real = await this.leadsTo(path, isInTree);
    for (const name of [...this.own, ...this.leads.keys()]) {
      const place = this.leads.get(name);
      if (real === place || real.startsWith(`${place}/`)) return name + real.slice(place?.length);
    }
    this.leads.set(path, real);
    return path;
  }

  private async leadsTo(path: string, isInTree: boolean): Promise<string> {
    const known = this.leads.get(path);
    if (known !== undefined) return known;
    const root = this.own.at(-1) ?? '/';
    const place = this.leads.get(root);
    if (isInTree && place !== undefined) return place + path.slice(root.length);
    const { code, stdout } = await this.host.run(scriptCommand('files/real-folder', path), {
      root: true,
      doing: 'Looking where a folder is',
    });
    return code === 0 && stdout.startsWith('/') ? stdout.replace(/\n$/, '') : path;
  }
}
