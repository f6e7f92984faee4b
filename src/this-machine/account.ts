import { absolutePath, type From } from './paths.ts';

/** Who runs this program, and where this user is at home. */
export interface Account {
  user: string;
  /** As HOME says, else as the record does; absolute, or empty where neither does. */
  home: string;
  /** As the record of the account has it; empty where there is none. */
  accountHome: string;
}

/** What the system's record (passwd(5)) has of a user. */
export interface AccountRecord {
  username: string;
  homedir: string;
}

/**
 * An account from its record and the environment. In a container there may be no record: any number may be
 * that of the user who runs there. Throws a Trouble where HOME is no path.
 */
export function accountOf(
  environment: Readonly<Record<string, string | undefined>>,
  record: AccountRecord | null,
  { folder }: Pick<From, 'folder'>,
): Account {
  const { HOME, USER, LOGNAME } = environment;
  const accountHome = record?.homedir ?? '';
  return {
    user: record?.username ?? (USER || LOGNAME || 'somebody without an account'),
    home: HOME ? absolutePath(HOME, { folder, home: accountHome }, 'HOME') : accountHome,
    accountHome,
  };
}
