const bytes = {
  enter: '\r',
  esc: '\u001B',
  tab: '\t',
  'shift-tab': '\u001B[Z',
  up: '\u001B[A',
  down: '\u001B[B',
  right: '\u001B[C',
  left: '\u001B[D',
  pageup: '\u001B[5~',
  pagedown: '\u001B[6~',
  home: '\u001B[H',
  end: '\u001B[F',
  delete: '\u001B[3~',
  backspace: '\u007F',
  'backspace-8': '\u0008',
  'ctrl-a': '\u0001',
  'ctrl-c': '\u0003',
  'ctrl-e': '\u0005',
  'ctrl-k': '\u000B',
  'ctrl-u': '\u0015',
  'ctrl-w': '\u0017',
  'ctrl-z': '\u001A',
  space: ' ',
} as const;

/** A key by name, or one character. */
export type KeyName = keyof typeof bytes | (string & {});

/** What a terminal (xterm, normal cursor keys) sends for a key. */
export const bytesOf = (key: KeyName): string => (bytes as Record<string, string>)[key] ?? key;
