import {
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Trouble } from '../../src/errors/trouble.ts';
import { createAuthority } from '../../src/pki/authority/create-authority.ts';
import { generateKey } from '../../src/pki/keys/key.ts';
import { writeKey } from '../../src/pki/keys/key-file.ts';
import type { StepId } from '../../src/steps/contract/ids.ts';
import { stepIds } from '../../src/steps/contract/ids.ts';
import type { Planned } from '../../src/steps/contract/plan.ts';
import type { Step } from '../../src/steps/contract/step.ts';
import type { HardenWork } from '../../src/steps/harden/plan.ts';
import { steps } from '../../src/steps/index.ts';
import { here, type State } from '../../state/machine/machine.ts';
import type { Session } from '../../state/session/session-parts.ts';
import { until } from '../support/hosts/program.ts';
import {
  goOn,
  practice,
  type RealHome,
  reach,
  realHome,
  secured,
  where,
} from '../support/session/real-session.ts';

// Whole set-ups, on a machine that may have much else to do: none of them is about how long it takes.
vi.setConfig({ testTimeout: 100_000 });

let home: RealHome;
beforeEach(async () => {
  home = await realHome();
});
afterEach(() => home.remove());

const files = () =>
  readdirSync(home.folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name))
    // Not a second time by way of a link.
    .filter((path) => realpathSync(path) === path);
const phase =
  (id: StepId, ...phases: string[]) =>
  (state: State) =>
    here(state) === id && phases.includes(state.steps[id].phase);
const lookedAtOr = (id: StepId, phase: string) => (state: State) =>
  here(state) !== null &&
  stepIds.every((one) => state.steps[one].phase === (one === id ? phase : 'ready'));
const lookedAt = lookedAtOr('inspect', 'ready');

async function opened(answers = practice(), options = {}): Promise<Session> {
  const session = home.session(options);
  session.send({ type: 'choose', answers });
  await reach(session, lookedAt, 'every step to be looked at');
  return session;
}

const procs = () =>
  existsSync('/proc/self') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
/** Processes of this machine, this one excepted, that have to do with this home. */
function processes(): string[] {
  return procs()
    .filter((pid) => Number(pid) !== process.pid)
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
        return words.includes(home.folder) ? [`${pid} ${words.replaceAll('\0', ' ')}`] : [];
      } catch {
        return []; // it has just ended
      }
    });
}
const locks = () => {
  const folder = join(home.folder, 'state', 'locks');
  return existsSync(folder) ? readdirSync(folder) : [];
};

describe('all seven steps', () => {
  test('are led through; the passphrase is nowhere, the live pane goes along', async () => {
    const secret = 'horse battery staple';
    const session = await opened(
      practice({ authority: { ...practice().authority, passphrase: 'ask' } }),
    );
    const seen: string[] = [];
    const plans = new Set<string>();
    session.subscribe(() => {
      const { steps: all } = session.state();
      const text = JSON.stringify(session.state());
      if (text.includes(secret)) seen.push('the state');
      // A key as text, or as bytes.
      if (/PRIVATE KEY|"type":"Buffer"/.test(text)) seen.push('a key in the state');
      for (const [id, { plan }] of Object.entries(all)) {
        if (plan && !isDeepStrictEqual(JSON.parse(JSON.stringify(plan)), plan))
          seen.push(`the plan of ${id}, which is no plain data`);
        if (plan) plans.add(id);
      }
    });
    const spying = setInterval(() => {
      for (const pid of procs())
        for (const what of ['cmdline', 'environ'])
          try {
            if (readFileSync(`/proc/${pid}/${what}`, 'latin1').includes(secret))
              seen.push(`${what} of ${pid}`);
          } catch {} // gone, or another user's
    }, 20);
    await goOn(session, secured, secret);
    clearInterval(spying);
    expect(seen).toEqual([]);
    // The first look is its own proof: nothing is planned for it.
    expect([...plans]).toEqual(stepIds.slice(1));

    const feed = session.feed();
    await until('the pane on mutual TLS', 10, () => {
      const view = feed?.view();
      return view?.state.kind === 'connected' && view.target?.tls !== undefined;
    });
    const { plain, tls } = session.state().answers.ports;
    expect(feed?.view().target?.port).toBe(tls);
    expect(plain).not.toBe(tls);
    // What came before the restart, without any proof of identity, is there still.
    expect(feed?.view().recent[0]).toMatchObject({ topic: 'test/test', payload: 'Test1' });
    const before = feed?.view().messages ?? 0;
    session.send({ type: 'act' });
    await reach(session, phase('verify', 'proved'), 'another proof');
    await until('its message in the pane', 5, () => (feed?.view().messages ?? 0) > before);

    expect(readFileSync(join(home.folder, 'authority/root_ca.key'), 'latin1')).toContain(
      'ENCRYPTED',
    );
    await session.close();
    for (const path of files()) expect(readFileSync(path, 'latin1'), path).not.toContain(secret);
    expect(home.store.site('practice')).toMatchObject({ step: 'verify' });
    expect(locks()).toEqual([]);
  });

  test('are all there when it is opened again, at the step where it was left', async () => {
    const first = await opened();
    await goOn(first, phase('distribute', 'proved'));
    await first.close();
    const second = await opened();
    const state = second.state();
    expect(here(state)).toBe('distribute');
    expect(stepIds.map((id) => state.steps[id].check?.status)).toEqual([
      ...Array(5).fill('done'),
      'todo',
      'todo',
    ]);
    await goOn(second, secured);
  });

  test('however fast somebody is, what is shown at the end is true', async () => {
    const session = home.session();
    session.send({ type: 'choose', answers: practice() });
    // Everything is pressed twice, and before it makes sense.
    const hurry = setInterval(() => {
      const id = here(session.state());
      const step = id && stepIds[stepIds.indexOf(id) + 1];
      if (step && session.state().steps[id].phase === 'proved') session.send({ type: 'go', step });
      if (id === 'verify' && session.state().steps.verify.phase === 'proved') return;
      for (const type of ['act', 'agree', 'agree', 'act'] as const) session.send({ type });
    }, 1);
    await reach(session, phase('verify', 'proved'), 'the end', 40).finally(() =>
      clearInterval(hurry),
    );
    await reach(session, secured, 'every step to be done');
  });
});

describe('what is shown is what is done', () => {
  const applied: Planned[] = [];
  const noted = (step: Step): Step => ({
    ...step,
    apply(setup, planned) {
      applied.push(planned);
      return step.apply(setup, planned);
    },
  });

  test('in every step, on the disk', async () => {
    const session = await opened(practice(), { steps: steps.map(noted) });
    // What is written besides: the register and the journals of what was done, the broker's own.
    const besides = /\/(state|run|log|lib)\/|register\.jsonl$/;
    const contents = () =>
      new Map(
        files().flatMap((path) =>
          besides.test(path) ? [] : [[path, readFileSync(path, 'latin1')] as const],
        ),
      );
    for (const id of ['authority', 'certificates', 'distribute', 'harden'] as const) {
      const shown = await goOn(session, phase(id, 'planned'));
      const { plan } = shown.steps[id];
      const before = contents();
      await goOn(session, phase(id, 'proved'));
      const after = contents();
      expect(applied.at(-1)?.shown).toEqual(plan);
      const changed = [...after].flatMap(([path, text]) =>
        before.get(path) === text ? [] : [path],
      );
      const links = plan?.changes.filter(({ path }) => path && !changed.includes(path)) ?? [];
      const told = plan?.changes.flatMap(({ path }) => (path ? [path] : [])) ?? [];
      expect(changed.filter((path) => !told.includes(path))).toEqual([]);
      // Links and commands change no file's bytes.
      for (const { path } of links) expect(existsSync(path ?? '')).toBe(true);
      expect(session.state().steps[id].changes).toEqual(plan?.changes);
      for (const file of (applied.at(-1)?.work as HardenWork | undefined)?.candidate?.files ?? [])
        expect(after.get(file.path)).toBe(file.after);
    }
  });

  test('with other answers it is shown anew', async () => {
    const session = await opened();
    const shown = await goOn(session, phase('harden', 'planned'));
    const answers = { ...shown.answers, plainListener: 'remove' as const };
    session.send({ type: 'answer', answers });
    expect(session.state().steps.harden).toMatchObject({ phase: 'unknown', plan: null });
    session.send({ type: 'agree' });
    await reach(session, phase('harden', 'ready'), 'another look');
    session.send({ type: 'act' });
    const again = await reach(session, phase('harden', 'planned'), 'another plan');
    expect(again.steps.harden.plan).not.toEqual(shown.steps.harden.plan);
    await goOn(session, secured);
    const conf = readFileSync(
      join(home.folder, 'practice/etc/mosquitto/conf.d/access.conf'),
      'utf8',
    );
    expect(conf).not.toContain(`listener ${answers.ports.plain}`);
  });

  const besidesUs = {
    authority: (folder: string) =>
      createAuthority(
        folder,
        { subject: { commonName: 'Another' }, keyType: 'ecdsa-p256', days: 10 },
        new Date(),
      ),
    certificates: async (folder: string) =>
      writeFileSync(join(folder, 'client01.key'), await writeKey(await generateKey('rsa-2048'))),
  };

  test.each(['authority', 'certificates'] as const)(
    'what somebody makes meanwhile is not taken for what was shown: %s',
    async (id) => {
      const session = await opened();
      const shown = await goOn(session, phase(id, 'planned'));
      const folder = dirname(shown.steps[id].plan?.changes[0]?.path ?? '');
      await besidesUs[id](folder);
      const before = files().filter((path) => path.startsWith(folder));
      session.send({ type: 'agree' });
      const state = await reach(session, phase(id, 'failed', 'proved'), 'the end of it');
      expect(state.steps[id].trouble?.what).toContain(
        'was changed since the change to it was shown',
      );
      expect(files().filter((path) => path.startsWith(folder))).toEqual(before);
      session.send({ type: 'retry' });
      await reach(session, phase(id, 'planned', 'proved'), 'another look');
    },
  );

  test('a file that was changed after it was shown is not overwritten', async () => {
    const session = await opened();
    await goOn(session, phase('harden', 'planned'));
    const conf = join(home.folder, 'practice/etc/mosquitto/conf.d/access.conf');
    const theirs = `${readFileSync(conf, 'utf8')}# somebody else was here\n`;
    writeFileSync(conf, theirs);
    session.send({ type: 'agree' });
    const state = await reach(session, phase('harden', 'failed', 'proved'), 'the end of it');
    expect(state.steps.harden.trouble?.what).toContain('changed since');
    expect(readFileSync(conf, 'utf8')).toBe(theirs);
    // The way on: a new plan, made from what is there now.
    session.send({ type: 'retry' });
    await goOn(session, secured);
  });
});

describe('what was seen', () => {
  test('before the broker was changed is seen anew after it', async () => {
    const looks: StepId[] = [];
    const counted = (step: Step): Step => ({
      ...step,
      check: (setup) => {
        looks.push(step.id);
        return step.check(setup);
      },
    });
    const session = await opened(practice(), { steps: steps.map(counted) });
    await goOn(session, phase('anonymous', 'proved'));
    expect(session.state().steps.anonymous.evidence).toMatchObject([{ observed: 'accepted' }]);
    await goOn(session, phase('harden', 'planned'));
    looks.splice(0);
    session.send({ type: 'agree' });
    await reach(session, phase('harden', 'proved'), 'the proof');
    // Nowhere does it stand from then on that anybody is let in.
    expect(session.state().steps.anonymous.evidence).toEqual([]);
    const state = await reach(
      session,
      ({ steps: all }) => stepIds.every((id) => id === 'harden' || all[id].phase === 'ready'),
      'another look at every other step',
    );
    expect(new Set(looks)).toEqual(new Set(stepIds));
    expect(state.steps.anonymous.check).toMatchObject({
      status: 'done',
      report: { observed: 'refused' },
    });
  });

  test('on a step that one comes to is looked at before anything can be done there', async () => {
    const session = await opened();
    await goOn(session, secured);
    session.send({ type: 'go', step: 'harden' });
    expect(session.state().steps.harden.phase).toBe('unknown');
    await reach(session, phase('harden', 'ready'), 'the look');
    session.send({ type: 'go', step: 'verify' });
    expect(session.state().steps.verify).toMatchObject({ phase: 'unknown', evidence: [] });
    await reach(session, phase('verify', 'ready'), 'the look');
    expect(session.state().steps.verify.check?.status).toBe('done');
  });

  test('is believed no longer when it cannot be seen again', async () => {
    let gone = false;
    const failing = (step: Step): Step => ({
      ...step,
      check: (setup) => (gone ? Promise.reject(new Trouble('Gone.')) : step.check(setup)),
    });
    const session = await opened(practice(), { steps: steps.map(failing) });
    await goOn(session, phase('anonymous', 'proved'));
    gone = true;
    session.send({ type: 'go', step: 'inspect' });
    const state = await reach(session, phase('inspect', 'ready', 'failed'), 'the look');
    expect(state.steps.inspect.check).toMatchObject({ status: 'blocked', detail: 'Gone.' });
    gone = false;
    session.send({ type: 'retry' });
    await goOn(session, phase('inspect', 'ready'));
  });
});

describe('cancelling', () => {
  test('the passphrase makes no authority, and can be done again', async () => {
    const session = await opened(
      practice({ authority: { ...practice().authority, passphrase: 'ask' } }),
    );
    await goOn(session, (state) => state.asking !== null);
    session.reply(null);
    const state = await reach(session, phase('authority', 'failed'), 'the end of it');
    expect(state.steps.authority.trouble?.what).toContain('passphrase');
    expect(existsSync(join(home.folder, 'authority'))).toBe(false);
    session.send({ type: 'retry' });
    await goOn(session, (now) => now.asking !== null);
    session.send({ type: 'cancel' });
    await reach(session, phase('authority', 'failed'), 'the end of it again');
    expect(existsSync(join(home.folder, 'authority'))).toBe(false);
    session.send({ type: 'retry' });
    await goOn(session, phase('authority', 'proved'), 'open sesame');
  });

  test('a plan in the making is left at once', async () => {
    const session = await opened();
    await goOn(session, phase('harden', 'ready'));
    session.send({ type: 'act' });
    session.send({ type: 'cancel' });
    expect(session.state().steps.harden.phase).toBe('ready');
    session.send({ type: 'act' });
    await reach(session, phase('harden', 'planned'), 'the plan after all');
  });

  test('a look that takes long is left at once, and looked again', async () => {
    let looks = 0;
    const slow = (step: Step): Step =>
      step.id === 'authority'
        ? {
            ...step,
            check: (setup) => (looks++ === 0 ? new Promise(() => {}) : step.check(setup)),
          }
        : step;
    const session = home.session({ steps: steps.map(slow) });
    session.send({ type: 'choose', answers: practice() });
    await reach(session, (state) => state.steps.authority.phase === 'checking', 'the look');
    session.send({ type: 'cancel' });
    const state = await reach(session, lookedAtOr('authority', 'failed'), 'the others');
    expect(state.steps.authority.trouble?.what).toContain('given up');
    await goOn(session, phase('authority', 'failed'));
    session.send({ type: 'retry' });
    await goOn(session, phase('authority', 'proved'));
  });

  test('a proof leaves nothing believed that was not seen', async () => {
    const session = await opened();
    await goOn(session, phase('verify', 'proving'));
    session.send({ type: 'cancel' });
    const state = await reach(session, phase('verify', 'failed'), 'the end of it');
    expect(state.steps.verify.trouble?.what).toContain('given up');
    expect(state.steps.verify.evidence).toEqual([]);
    await goOn(session, phase('verify', 'failed'));
    session.send({ type: 'retry' });
    await goOn(session, secured);
  });
});

describe('a broker that does not answer', () => {
  let server: Server;
  let answers: ReturnType<typeof practice>;
  const sockets: Socket[] = [];
  beforeEach(async () => {
    // Takes the call and says nothing, as a firewall or a hanging machine does.
    server = createServer((socket) => {
      sockets.push(socket.on('error', () => {}).resume());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    answers = practice({ broker: `ann@127.0.0.1:${port}` });
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
  });

  async function calling(): Promise<Session> {
    const session = home.session();
    session.send({ type: 'choose', answers });
    await until('the call', 10, () => sockets.length > 0);
    return session;
  }

  test('is given up at once, and tried again', async () => {
    const session = await calling();
    const begun = performance.now();
    session.send({ type: 'cancel' });
    const state = await reach(session, ({ place }) => 'trouble' in place && !!place.trouble, 'it');
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(state.place).toMatchObject({ trouble: { what: expect.stringContaining('given up') } });
    session.send({ type: 'retry' });
    await until('another call', 10, () => sockets.length > 1);
  });

  test('is left for another at once; what it says later is not heard', async () => {
    const session = await calling();
    session.send({ type: 'welcome' });
    expect(session.state().place).toEqual({ screen: 'welcome' });
    session.send({ type: 'choose', answers: practice() });
    const state = await reach(session, lookedAt, 'the other broker', 10);
    expect(state.broker?.name).toBe('practice');
    await until('the first call to end', 5, () => sockets[0]?.destroyed ?? false);
    await reach(session, lookedAt, 'still the other broker');
  });

  test('does not keep anybody from leaving', async () => {
    const session = await calling();
    const begun = performance.now();
    await session.close();
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(locks()).toEqual([]);
  });
});

describe('leaving', () => {
  const moments: [string, (state: State) => boolean][] = [
    ['while it opens', ({ place }) => place.screen === 'opening'],
    ['while it looks', (state) => stepIds.some((id) => state.steps[id].phase === 'checking')],
    ['while a plan is made', phase('harden', 'planning')],
    ['before a plan', phase('harden', 'planned')],
    ['while certificates are made', phase('certificates', 'applying')],
    ['while files are delivered', phase('distribute', 'applying')],
    ['when hardening begins', phase('harden', 'applying')],
    [
      'while the broker is restarted',
      (state) => state.steps.harden.progress.at(-1)?.startsWith('Making') ?? false,
    ],
    ['while the hardening is proved', phase('harden', 'proving')],
    ['while all is proved', phase('verify', 'proving')],
    ['while a passphrase is asked', (state) => state.asking !== null],
  ];
  test.each(moments)('%s: nothing runs on, and it is gone on with', async (_, moment) => {
    const passphrase = 'open sesame';
    const answers = practice({ authority: { ...practice().authority, passphrase: 'ask' } });
    const session = home.session();
    session.send({ type: 'choose', answers });
    await goOn(session, moment, passphrase);
    const begun = performance.now();
    await session.close();
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(locks()).toEqual([]);
    await until(
      'nothing to run',
      5,
      () => processes().length === 0,
      () => processes().join('\n'),
    );
    const left = session.state();

    const again = home.session();
    again.send({ type: 'choose', answers });
    await goOn(again, (state) => secured(state) && here(state) === 'verify', passphrase);
    // The one that was left has not gone on meanwhile.
    expect(where(session.state())).toBe(where(left));
  });
});

test('a store that cannot be written stops nothing; it is said until it can', async () => {
  const session = await opened();
  const sites = join(home.folder, 'state', 'sites');
  renameSync(sites, `${sites}.away`);
  writeFileSync(sites, 'where the folder was');
  await goOn(session, phase('authority', 'proved'));
  await reach(session, ({ note }) => note !== null, 'a note');
  expect(session.state().note).toContain('could not be used');
  await goOn(session, phase('harden', 'ready'));
  rmSync(sites);
  renameSync(`${sites}.away`, sites);
  await goOn(session, phase('harden', 'proved'));
  await reach(session, ({ note }) => note === null, 'the note to go');
  await session.close();
  expect(home.store.site('practice')).toMatchObject({ step: 'harden' });
});

test('a second session on the same site is told who has it, and can have it afterwards', async () => {
  const first = await opened();
  const second = home.session();
  second.send({ type: 'choose', answers: practice() });
  const state = await reach(second, ({ place }) => 'trouble' in place && !!place.trouble, 'a word');
  expect(state.place).toMatchObject({ trouble: { what: expect.stringContaining('in use') } });
  await first.close();
  second.send({ type: 'retry' });
  await reach(second, lookedAt, 'the site');
});

test('going back to the first screen lets everything go, and the same broker can be chosen again', async () => {
  const session = await opened();
  await goOn(session, phase('certificates', 'proved'));
  session.send({ type: 'welcome' });
  expect(session.feed()).not.toBeUndefined();
  await until('the lock to go', 5, () => locks().length === 0);
  expect(session.feed()).toBeNull();
  expect(session.sites()[0]).toMatchObject({ id: 'practice', step: 'certificates' });
  session.send({ type: 'choose', answers: practice() });
  await goOn(session, secured);
});
