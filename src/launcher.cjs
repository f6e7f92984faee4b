#!/usr/bin/env node
// Starts Lockstep on any Node from 18 on. Plain CommonJS on purpose: it must parse everywhere.
'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..');
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 12)) startWithNewer();
else start();

/** `npm ci` installs a newer Node beside the program; it is used without touching the machine's own. */
function startWithNewer() {
  const newer = path.join(root, 'node_modules', 'node', 'bin', 'node');
  if (!fs.existsSync(newer) || fs.realpathSync(newer) === fs.realpathSync(process.execPath))
    return refuse(
      `Lockstep needs Node 22.12 or newer; this is Node ${process.versions.node}. ` +
        'Run "npm ci" in its folder (it brings one), or install Node 22.12 or newer.',
    );
  const { spawn } = require('node:child_process');
  const child = spawn(newer, [...process.execArgv, __filename, ...process.argv.slice(2)], {
    // The channel says only one thing: that this process is gone, however it ended.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  const signals = ['SIGHUP', 'SIGINT', 'SIGTERM'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('error', (error) =>
    refuse(`Lockstep could not be started with ${newer}: ${error.message}.`),
  );
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const each of signals) process.removeAllListeners(each);
    process.kill(process.pid, signal);
    // Not every signal ends a process here.
    setTimeout(() => process.exit(128 + (os.constants.signals[signal] ?? 0)), 1000);
  });
}

function start() {
  const program = path.join(root, 'dist', 'cli.mjs');
  if (!fs.existsSync(program))
    return refuse('Lockstep is not built yet. Run "npm ci" in its folder first.');

  // The terminal library reads these once, when it is loaded.
  process.env.NODE_ENV = 'production';
  for (const name of Object.keys(process.env))
    if (/^CI(_|$)|^CONTINUOUS_INTEGRATION$/.test(name)) delete process.env[name];
  if (process.env.NO_COLOR) process.env.FORCE_COLOR = '0';

  // Started by an older Node (above): what is killed there must not live on here.
  if (process.channel) {
    process.channel.unref();
    process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  }

  const cache = cacheFolder();
  if (cache) require('node:module').enableCompileCache?.(cache);
  import(require('node:url').pathToFileURL(program).href);
}

/**
 * Where compiled code is kept from one start to the next. What is in there is run, so it must be a
 * folder that only this user can write; undefined when it cannot be had, and then nothing is kept.
 */
function cacheFolder() {
  if (process.env.NODE_COMPILE_CACHE) return process.env.NODE_COMPILE_CACHE;
  const user = process.getuid?.();
  const folder = path.join(os.tmpdir(), ['mqtt-lockstep', user].join('-').replace(/-$/, ''));
  try {
    fs.mkdirSync(folder, { mode: 0o700 });
  } catch {
    // It is there already, or cannot be made: the look at it tells.
  }
  try {
    const facts = fs.lstatSync(folder);
    const mine = user === undefined || (facts.uid === user && (facts.mode & 0o077) === 0);
    return facts.isDirectory() && mine ? folder : undefined;
  } catch {
    return undefined;
  }
}

function refuse(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 2;
}
