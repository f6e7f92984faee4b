#!/usr/bin/env node
// Starts Lockstep on any Node from 18 on. Plain CommonJS on purpose: it must parse everywhere.
'use strict';

const { existsSync } = require('node:fs');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const root = path.join(__dirname, '..');
const program = path.join(root, 'dist', 'cli.mjs');
const major = Number(process.versions.node.split('.')[0]);

if (major < 22) {
  // `npm ci` installs a newer Node beside the program; use it without touching the machine's own.
  const newer = path.join(root, 'node_modules', 'node', 'bin', 'node');
  if (!existsSync(newer)) {
    process.stderr.write(
      `Lockstep needs Node 22 or newer; this is Node ${process.versions.node}. ` +
        'Run "npm ci" in its folder (it brings one), or install Node 22 or newer.\n',
    );
    process.exit(2);
  }
  const run = spawnSync(newer, [__filename, ...process.argv.slice(2)], { stdio: 'inherit' });
  if (run.error) throw run.error;
  if (run.signal) process.kill(process.pid, run.signal);
  process.exit(run.status === null ? 1 : run.status);
}

if (!existsSync(program)) {
  process.stderr.write('Lockstep is not built yet. Run "npm ci" in its folder first.\n');
  process.exit(2);
}

// The terminal library reads these once, when it is loaded.
process.env.NODE_ENV = 'production';
for (const name of Object.keys(process.env))
  if (/^CI(_|$)|^CONTINUOUS_INTEGRATION$/.test(name)) delete process.env[name];
if (process.env.NO_COLOR) process.env.FORCE_COLOR = '0';

require('node:module').enableCompileCache?.();
import(pathToFileURL(program).href);
