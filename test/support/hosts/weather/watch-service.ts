// Run as a program of its own, in the network of a broker's host: publishes every 100 ms (or as many as are given) over a
// new connection, through whichever door serves, as an anonymous client or with a client's certificate.
// Ended by SIGTERM, it tells in JSON the longest time between two messages that the broker took.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import mqtt, { type IClientOptions } from 'mqtt';

const [address = '', folder = '', name = 'client01', every = '100'] = process.argv.slice(2);
const common = {
  reconnectPeriod: 0,
  connectTimeout: 1000,
  clean: true,
  protocolVersion: 4 as const,
};

const plain = (): IClientOptions => ({ ...common, protocol: 'mqtt', host: address, port: 1883 });

function mutual(): IClientOptions {
  const file = (name: string) => readFileSync(join(folder, name));
  const files = { ca: file('root_ca.crt'), cert: file(`${name}.crt`), key: file(`${name}.key`) };
  return { ...common, ...files, protocol: 'mqtts', host: address, port: 8883 };
}

/** Whether the broker takes a message through this door now. */
function serves(door: () => IClientOptions): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const client = mqtt.connect(door());
      const end = (served: boolean) => {
        client.removeAllListeners();
        client.on('error', () => {});
        client.end(true);
        resolve(served);
      };
      client.on('error', () => end(false));
      client.on('close', () => end(false));
      client.on('connect', () => {
        client.publish('test/watch', 'still there', { qos: 1 }, (error) => end(!error));
      });
    } catch {
      resolve(false); // its files are not there yet
    }
  });
}

let [served, gap, messages] = [0, 0, 0];
let doors = [plain, mutual];

process.on('SIGTERM', () => {
  if (served > 0) gap = Math.max(gap, performance.now() - served);
  console.log(JSON.stringify({ gap: Math.round(gap), messages }));
  process.exit(0);
});

// Whoever started it is gone.
process.stdin.resume().on('end', () => process.exit(1));

for (;;) {
  const begun = performance.now();
  const [first = plain, second = mutual] = doors;
  const open = (await serves(first)) ? first : (await serves(second)) ? second : null;
  const now = performance.now();
  if (open) {
    doors = open === first ? doors : [second, first];
    if (served > 0) gap = Math.max(gap, now - served);
    if (messages === 0) console.log('watching');
    served = now;
    messages++;
  }
  // While nothing serves it looks more often, to know when it is there again.
  await setTimeout(Math.max(5, (open ? Number(every) : 20) - (now - begun)));
}
