// Run as a program: does one piece of work on an authority's folder and dies by SIGKILL in the
// middle of its n-th change to the file system (0: never; then it prints what it saw as JSON).
// After every change each file is looked at: no private key may be readable by others, ever.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import fsp from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { openAuthority } from '../../../src/pki/authority/authority.ts';
import { createAuthority } from '../../../src/pki/authority/create-authority.ts';
import { issueCertificates } from '../../../src/pki/issue/issue.ts';
import { broker, client, now, wanted } from './work.ts';

const [work = '', folder = '', dieAt = '0'] = process.argv.slice(2);
process.umask(0); // the least protective one
let changes = 0;
const exposed: string[] = [];

type Call = (...args: unknown[]) => Promise<unknown>;

function watch(target: object, names: string[]): void {
  const calls = target as Record<string, Call>;
  for (const name of names) {
    const original = calls[name] as Call;
    calls[name] = async function (this: unknown, ...args: unknown[]) {
      changes++;
      if (changes === Number(dieAt)) {
        // Half of what was to be written may have reached the disk.
        if (name === 'writeFile' || name === 'appendFile') {
          const half = String(args[0]).slice(0, String(args[0]).length / 2);
          await original.call(this, half);
        }
        process.kill(process.pid, 'SIGKILL');
      }
      const result = await original.apply(this, args);
      look(folder);
      return result;
    };
  }
}

function look(place: string): void {
  for (const name of readdirSync(place, { withFileTypes: true })) {
    const path = join(place, name.name);
    try {
      if (name.isDirectory()) look(path);
      // What is empty still may become a key.
      else if (/\.(key|part)$/.test(path) && !/CERTIFICATE/.test(readFileSync(path, 'utf8'))) {
        if ((statSync(path).mode & 0o077) !== 0) exposed.push(path);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // renamed meanwhile
    }
  }
}

const probe = await fsp.open(process.execPath);
const handle = Object.getPrototypeOf(probe) as object;
await probe.close();
watch(handle, ['writeFile', 'appendFile', 'chmod', 'sync', 'datasync', 'truncate']);
watch(fsp, ['open', 'link', 'rename', 'mkdir', 'rmdir', 'unlink', 'rm', 'chmod']);
syncBuiltinESMExports();

if (work === 'create') await createAuthority(folder, wanted, now);
if (work === 'issue') {
  const authority = await openAuthority(folder, now);
  await issueCertificates(authority, [broker('10.0.0.1'), client('client01')], now);
}
if (work === 'reissue') {
  const authority = await openAuthority(folder, now);
  await issueCertificates(authority, [broker('10.0.0.2')], now);
}
process.stdout.write(JSON.stringify({ changes, exposed }));
