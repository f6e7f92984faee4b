import { expect, test } from 'vitest';
import { localHost } from '../../src/host/local/local.ts';
import type { Setup } from '../../src/steps/contract/setup.ts';
import { lookAtReleases } from '../../src/steps/release/release-look.ts';

// A look that is ended half-way, or answers half, has not seen that there is nothing.

const here = localHost({ name: 'here', kind: 'practice' });

test.each(['kill -9 $$', 'sh -c "kill -9 \\$\\$"; exit 137'])('%s', async (script) => {
  const argv = ['sh', '-c', `echo half; ${script}`];
  await expect(here.run(argv, { look: true, doing: 'Looking around' })).rejects.toMatchObject({
    message: 'Looking around on here was ended there before its end.',
    exitCode: 3,
  });
  // What changes something tells more than that: who asked for it decides.
  expect((await here.run(argv)).stdout).toBe('half\n');
});

test('half an answer about releases is none', async () => {
  const answers = (stdout: string) =>
    ({
      name: 'here',
      run: async () => ({ code: 0, stdout }),
    }) as unknown as Setup['broker']['host'];
  const look = (stdout: string) =>
    lookAtReleases(answers(stdout), '/certs', ['/certs/current'], ['a']);
  expect(await look('\0none\0none\0')).toEqual({ newest: 0, links: [null], files: [null] });
  for (const half of ['', '\0', '\0none\0', '\0none\0none'])
    await expect(look(half)).rejects.toThrow('did not answer as a shell does');
});
