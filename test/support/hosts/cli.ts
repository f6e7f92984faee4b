// Broker hosts by hand: node test/support/hosts/cli.ts bases | boot SUITE [VARIANT] [open|default] | reap

import { once } from 'node:events';
import { hostsAvailable } from './available.ts';
import { base } from './base.ts';
import { bootHost, type TestHost } from './host.ts';
import { variants } from './prepare.ts';
import { reap } from './room.ts';
import { asSuite, suites } from './suites.ts';

const usage = `node test/support/hosts/cli.ts bases [SUITE...]       make the base folders
node test/support/hosts/cli.ts boot SUITE [VARIANT] [open|default]
                                              boot a host, until Ctrl-C
node test/support/hosts/cli.ts reap                   clear what hosts that died have left

suites:   ${suites.join(' ')}
variants: ${variants.join(' ')}`;

async function bases(names: string[]): Promise<void> {
  const wanted = names.length > 0 ? names.map(asSuite) : suites;
  const make = async (suite: (typeof suites)[number]) => {
    const started = performance.now();
    const { root } = await base(suite);
    console.log(`${suite}: ${root} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  };
  await Promise.all(wanted.map(make));
}

async function boot([suite, variantName = 'sudo', config = 'open']: string[]): Promise<void> {
  const variant = variants.find((known) => known === variantName);
  if (!variant)
    throw new Error(`no such variant: ${variantName}; there are ${variants.join(', ')}`);
  if (config !== 'open' && config !== 'default') throw new Error(`not open or default: ${config}`);
  const stop = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => once(process, name)));
  const host = await bootHost({ suite: asSuite(suite), variant, config });
  console.log(describe(host));
  await stop;
  await host.close();
}

function describe(host: TestHost): string {
  const { ssh, address } = host;
  return `${host.name} (${host.suite}, ${host.variant}) is ${address}

  ${ssh.command.join(' ')}

user      ${ssh.user}
password  ${ssh.password}
key       ${ssh.keyFile}
host keys ${Object.values(ssh.fingerprints).join('\n          ')}
root      nsenter --all --target ${host.leader()}

Ctrl-C ends it.`;
}

async function main(command: string | undefined, rest: string[]): Promise<void> {
  if (command === undefined || command === 'help' || command === '--help') {
    console.log(usage);
    return;
  }
  const can = hostsAvailable();
  if (!can.ok) throw new Error(can.reason);
  if (command === 'bases') await bases(rest);
  else if (command === 'boot') await boot(rest);
  else if (command === 'reap') console.log(`cleared: ${(await reap()).join(', ') || 'nothing'}`);
  else throw new Error(`no such command: ${command}\n\n${usage}`);
}

await main(process.argv[2], process.argv.slice(3)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
