import { dirname, join } from 'node:path';

// What of a trace by strace(1) is on its disk: the bytes of a file since it was flushed after they came, its name since
// its folder was: fsync(2) of a file says nothing of its name.

/** The calls that are looked at. */
export const diskCalls =
  'openat,write,copy_file_range,ftruncate,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mkdir,mkdirat,unlink,unlinkat,rmdir,fchmod,fchown,fsync,fdatasync,sync,syncfs';

/** A name that goes: to another one, or (null) away. */
export interface Step {
  from: string;
  to: string | null;
}

const within = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

export class Disk {
  /** Files whose bytes, and paths whose names, are not on their disk yet. */
  readonly #bytes = new Set<string>();
  readonly #names = new Set<string>();

  /** What of a path, all in it and the folders above it is not there yet; its own name only when that is asked for. */
  missing(path: string, ownName = true): string[] {
    const bytes = [...this.#bytes].filter((one) => within(one, path));
    const names = [...this.#names].filter((one) =>
      one === path ? ownName : within(one, path) || within(path, one),
    );
    return [...bytes.map((one) => `bytes of ${one}`), ...names.map((one) => `name ${one}`)];
  }

  /** Follows one line of the trace; `before` is told of a name that goes now. */
  follow(line: string, before: (step: Step) => void): void {
    const [, call = '', rest = ''] = /^(?:\d+ +)?(\w+)\((.*)$/.exec(line) ?? [];
    if (call === '' || / = -1 E/.test(rest)) return;
    const descriptors = [...rest.matchAll(/\d+<([^>]*)>/g)].map(([, path = '']) => path);
    const [path = '', other = ''] = pathsIn(rest);
    if (call === 'sync' || call === 'syncfs') {
      this.#bytes.clear();
      this.#names.clear();
    } else if (/^f(data)?sync$/.test(call)) this.#flush(descriptors[0] ?? '');
    else if (/^rename/.test(call)) {
      before({ from: path, to: other });
      this.#move(path, other);
    } else if (/^(unlink|rmdir)/.test(call)) {
      before({ from: path, to: null });
      this.#move(path, null);
    } else if (/^(sym)?link/.test(call)) this.#names.add(other);
    else if (/^mkdir/.test(call)) this.#names.add(path);
    else if (call === 'openat') {
      if (!/O_CREAT|O_TRUNC/.test(rest)) return;
      this.#bytes.add(path);
      this.#names.add(path);
    } else this.#bytes.add(descriptors.at(call === 'copy_file_range' ? 1 : 0) ?? '');
  }

  #flush(path: string): void {
    this.#bytes.delete(path);
    for (const one of this.#names) if (dirname(one) === path) this.#names.delete(one);
  }

  #move(from: string, to: string | null): void {
    for (const set of [this.#bytes, this.#names])
      for (const one of [...set])
        if (within(one, from)) {
          set.delete(one);
          if (to !== null) set.add(to + one.slice(from.length));
        }
    for (const one of to === null ? [from] : [from, to]) this.#names.add(one);
  }
}

/** The paths in quotes, each below the folder whose descriptor stands before it. */
function pathsIn(rest: string): string[] {
  const words = rest.matchAll(/(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g);
  return [...words].map(([, folder = '', text = '']) =>
    text.startsWith('/') ? text : join(folder, text),
  );
}
