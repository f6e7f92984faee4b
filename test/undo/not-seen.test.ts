import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localHost } from '../../src/host/local/local.ts';
import type { Broker } from '../../src/mosquitto/service/broker.ts';
import { changesOn } from '../../src/undo/change/change.ts';
import { takeOperator } from '../../src/undo/operator/operator.ts';
import { claim } from '../../state/open/claim.ts';
import type { Reaching, Surroundings } from '../../state/open/reach.ts';
import { newFolder } from '../support/undo/folder.ts';

// What is armed cannot be read (a damaged disk): that is not the same as nothing that waits.

let folder: Awaited<ReturnType<typeof newFolder>>;
let tools: string;
let broker: Broker;
beforeEach(async () => {
  folder = await newFolder();
  await writeFile(folder.at('etc/x'), 'first');
  await folder.make([folder.file('etc/x', 'first', 'second')]);
  tools = await mkdtemp(join(tmpdir(), 'lockstep-tools-'));
  // As the look reads; the lock's own files are read otherwise.
  const text = `#!/bin/sh
[ "$2" = '\\0' ] || exec /usr/bin/tr "$@"
echo "tr: read error: Input/output error" >&2
exit 1
`;
  await writeFile(join(tools, 'tr'), text, { mode: 0o755 });
  const environment = { PATH: tools };
  const host = localHost({ name: 'practice', kind: 'practice', environment });
  broker = { ...folder.broker, host };
});
afterEach(async () => {
  await broker.host.close();
  await rm(tools, { recursive: true });
  await folder[Symbol.asyncDispose]();
});

test('a look that fails is told, with the words of that machine', async () => {
  await expect(changesOn(broker).waiting()).rejects.toMatchObject({
    message: 'Whether a change on practice waits for its proof cannot be told.',
    detail: expect.stringContaining('Input/output error'),
  });
});

test('whoever wants to change something stops there; an undo goes on', async () => {
  const how = { who: 'ann', from: 'here', home: 'h', doing: () => {} };
  const operator = await takeOperator(broker, how);
  expect(operator.waiting).toBe('unknown');
  await operator.release();

  const around = { user: 'ann', machine: 'here', places: () => ({ state: '/s' }) };
  const come = (purpose: 'change' | 'undo') =>
    claim(
      broker,
      'site',
      around as unknown as Surroundings,
      { purpose, doing: () => {}, signal: () => undefined } as unknown as Reaching,
    );
  await expect(come('change')).rejects.toThrow(/waits for its proof cannot be told/);
  const claimed = await come('undo');
  await folder.changes.putBack('all');
  await claimed.operator.release();
  expect(folder.tree()).toContain('./x');
});
