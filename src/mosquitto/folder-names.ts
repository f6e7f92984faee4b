import type { Host } from '../host/host.ts';

/**
 * Gives each folder of a host one name. What really lies in the broker's folder is called by its name in
 * there, by whatever way a configuration gets to it; what lies elsewhere, as the configuration calls it first.
 */
export class FolderNames {
  private readonly host: Host;
  private readonly root: string;
  /** Where a name really leads, links followed. */
  private readonly leads: Map<string, string>;

  /** `leads`: where `root`, the broker's folder, and the links to folders in it really lead. */
  constructor(host: Host, root: string, leads: ReadonlyMap<string, string>) {
    this.host = host;
    this.root = root;
    this.leads = new Map(leads);
  }

  /** The name of the folder at a full path. `isInTree`: found below `root` without following a link. */
  async of(path: string, isInTree: boolean): Promise<string> {
    const real = await this.leadsTo(path, isInTree);
    // The longest first: a link in the folder may lead to another folder in it.
    const names = [...this.leads].sort(([, one], [, other]) => other.length - one.length);
    for (const [name, place] of names)
      if (real === place || real.startsWith(`${place}/`)) return name + real.slice(place.length);
    this.leads.set(path, real);
    return path;
  }

  private async leadsTo(path: string, isInTree: boolean): Promise<string> {
    const known = this.leads.get(path);
    if (known !== undefined) return known;
    const root = this.leads.get(this.root);
    if (isInTree && root !== undefined) return root + path.slice(this.root.length);
    const { code, stdout } = await this.host.run(['sh', '-c', script, 'lockstep', path], {
      root: true,
      doing: 'Looking where a folder is',
    });
    return code === 0 && stdout.startsWith('/') ? stdout.replace(/\n$/, '') : path;
  }
}

const script = 'cd -P -- "$1" 2>/dev/null && pwd -P';
