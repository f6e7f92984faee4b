/** One command, as a shell needs to know it; the first is the program itself. */
export interface Known {
  /** '' for the program. */
  name: string;
  about: string;
  options: KnownOption[];
  /** What may follow it that is no option. */
  words: string[];
}

export interface KnownOption {
  /** Short and long, as they are typed. */
  names: string[];
  about: string;
  /** What its value is; null when it takes none. Of `other` nothing can be offered. */
  value: null | 'file' | 'folder' | 'other' | string[];
}
