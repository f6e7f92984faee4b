import { clean } from '../../text/clean.ts';

/** What people call the machine of a host (`Host.name`): "this machine", or its name, cleaned. */
export const machineName = (host: string): string =>
  host === 'local' ? 'this machine' : clean(host, 80);
