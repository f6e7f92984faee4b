import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt, { type IClientOptions } from 'mqtt';

export interface WatchOptions {
  /** A client's folder (`root_ca.crt`, NAME.crt, NAME.key); may not be there yet. */
  client?: { folder: string; name: string };
  /** Between one try and the next; 50 unless told. */
  everyMs?: number;
}

export interface Watched {
  /** The longest time in which no message could be handed over, by whatever door. */
  longestGapMs: number;
  tries: number;
  failures: number;
  /** Every time between two served tries that held a failed one: its begin (ms of the watch) and length. */
  gaps: { atMs: number; ms: number }[];
}

/**
 * Watches from outside whether a broker serves: publishes a message, acknowledged, on a connection of
 * its own each time, through the plain door or, when that does not serve, by mutual TLS.
 */
export function watchService(
  { address }: { address: string },
  { client, everyMs = 50 }: WatchOptions = {},
): { stop(): Promise<Watched> } {
  const began = performance.now();
  const watched: Watched = { longestGapMs: 0, tries: 0, failures: 0, gaps: [] };
  let served = 0;
  let failed = false;
  let stopped = false;
  const once = async () => {
    const good = (await publish(`mqtt://${address}:1883`, {})) || (await byCertificate());
    const at = performance.now() - began;
    watched.tries += 1;
    if (!good) {
      watched.failures += 1;
      failed = true;
      return;
    }
    const ms = at - served;
    if (failed) watched.gaps.push({ atMs: served, ms });
    watched.longestGapMs = Math.max(watched.longestGapMs, ms);
    served = at;
    failed = false;
  };
  const byCertificate = async () => {
    if (!client) return false;
    const file = (name: string) => join(client.folder, name);
    const names = ['root_ca.crt', `${client.name}.crt`, `${client.name}.key`];
    if (!names.every((name) => existsSync(file(name)))) return false;
    const [ca, cert, key] = names.map((name) => readFileSync(file(name))) as [
      Buffer,
      Buffer,
      Buffer,
    ];
    return publish(`mqtts://${address}:8883`, { ca: [ca], cert, key });
  };
  const loop = async () => {
    while (!stopped) {
      await once();
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  };
  const running = loop();
  return {
    async stop() {
      stopped = true;
      await running;
      const open = performance.now() - began - served;
      if (failed) watched.gaps.push({ atMs: served, ms: open });
      if (failed) watched.longestGapMs = Math.max(watched.longestGapMs, open);
      return watched;
    },
  };
}

/** Whether the broker took a message. */
async function publish(url: string, options: IClientOptions): Promise<boolean> {
  const once = { ...options, reconnectPeriod: 0, connectTimeout: 3000 };
  const connection = await mqtt.connectAsync(url, once, false).catch(() => null);
  if (!connection) return false;
  connection.on('error', () => {});
  const taken = connection.publishAsync('test/watch', 'here', { qos: 1 }).then(
    () => true,
    () => false,
  );
  const closed = new Promise<boolean>((resolve) => connection.once('close', () => resolve(false)));
  const good = await Promise.race([taken, closed]);
  await connection.endAsync(true);
  return good;
}
