import { HostError } from '../../errors/host-error.ts';
import { scriptCommand } from '../../host-scripts/script.ts';
import { clean } from '../../text/clean.ts';
import { hiddenOwner } from '../../this-machine/user-namespace.ts';
import type { Host } from '../api/host.ts';

export interface Owners {
  /** Whether it is root who will write there. */
  root: boolean;
  /** A user besides root (and who logs in) to whom such folders may belong. */
  also?: string;
}

/**
 * Refuses folders in which somebody else on that machine could put something in the place of what we
 * write there: a key would go where he wants it, root would write where he points. One round trip;
 * throws a HostError. Not for the practice broker, whose folders are all the user's own.
 */
export async function refusePlanted(
  host: Host,
  folders: readonly string[],
  { root, also = '' }: Owners,
): Promise<void> {
  if (host.kind === 'practice') return;
  const { code, stdout } = await host.run(scriptCommand('files/whose-folders', also, ...folders), {
    doing: 'Looking who may write in the folders',
    look: true,
    root,
  });
  const [line = ''] = stdout.split('\n', 1);
  if (code === 0 && line === '') return;
  const [wrong = '', ...rest] = line.split(' ');
  throw planted(host, wrong, clean(rest.join(' ') || folders.join(' '), 200));
}

function planted({ name, kind }: Host, wrong: string, folder: string): HostError {
  const where = kind === 'ssh' ? `${folder} on ${clean(name, 80)}` : folder;
  switch (wrong) {
    case 'owner':
      return new HostError('permission', `${where} belongs to another user.`, {
        likely: 'Whoever owns a folder can exchange what is put into it, a key for instance.',
        next: 'See what is in it. Then give it to whom it should belong (chown), or choose another.',
      });
    case 'hidden':
      return new HostError('permission', `${where} ${hiddenOwner.what}`, hiddenOwner);
    case 'open':
      return new HostError('permission', `All users can write in ${where}.`, {
        likely: 'It was made with a loose mode; anybody there could exchange what is put into it.',
        next: `See what is in it, then close it to them: chmod o-w '${folder}'`,
      });
    case 'nowhere':
      return new HostError('permission', `${where} is a link that leads nowhere.`, {
        likely: 'It was planted, or what it led to was removed.',
        next: 'Remove it, then try again.',
      });
    default:
      return new HostError('permission', `${where} cannot be looked at.`, {
        likely: 'The user who logs in there may not go into it.',
        next: 'Look at the owner and mode of that folder and of those above it.',
      });
  }
}
