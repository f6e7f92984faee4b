/** A part of a configuration that was not read, or was read elsewhere than its name says. */
export interface Gap {
  /** As the configuration names it. */
  path: string;
  /**
   * Of a folder that stands for /etc/mosquitto. `elsewhere`: a folder outside; `link`: a link that leads out, or to
   * nothing that is here; `missing`: a folder that would be inside, which the copy may be without. These are taken to
   * be empty. `beside`: a folder outside, but one of its name is inside and was read (`detail`).
   *
   * Of any. `loop`: a link that leads in a circle; `special`: a pipe, socket or device (`detail`); `failed`: the system
   * did not let it be read, in its words (`detail`); `gone`: it went after its folder was listed; `nameless`: its name
   * is not UTF-8; `large`: a file above what is read of one; `limit`: from here on it is more than is read (`detail`).
   */
  what:
    | ('elsewhere' | 'link' | 'missing' | 'beside')
    | ('loop' | 'special' | 'failed' | 'gone' | 'nameless' | 'large' | 'limit');
  detail?: string;
}

/** What is read of a configuration at most; more is none, and memory and time are finite. */
export const most = {
  fileBytes: 1 << 20,
  allBytes: 1 << 23,
  files: 1000,
  /** Lines that say something. */
  lines: 10_000,
  listeners: 1000,
  /** In a folder. */
  names: 100_000,
};

/**
 * Whether a name, or a path, was not UTF-8 when it came: what was no character became this one. (Nobody gives a file
 * that character by intention.)
 */
export const isNameless = (path: string): boolean => path.includes('\ufffd');

/** A part that was not read: nothing may be said to be all there is. */
export const isUnread = ({ what }: Gap): boolean => what !== 'beside';
