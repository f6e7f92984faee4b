import { setTimeout } from 'node:timers/promises';

/**
 * Stops the program for a while, as shells expect of Ctrl-Z: with all of its job, so that the shell gets
 * the terminal back. Resolves when it goes on. Where no shell would wake it (it was started without job
 * control: an orphaned process group, POSIX 2.4.3), the system does not stop it, and it resolves after a moment.
 */
export async function suspend(self: Pick<NodeJS.Process, 'kill' | 'pid'>): Promise<void> {
  self.kill(0, 'SIGTSTP');
  // Stopped before this is over; goes on when the shell says so.
  await setTimeout(100);
  // A resize meanwhile was told to the shell only.
  self.kill(self.pid, 'SIGWINCH');
}
