import type { Broker } from '../../mosquitto/service/broker.ts';
import { namingLines } from './naming-lines.ts';
import { waysFrom } from './ways.ts';

/** Those of these releases (names) that no line of the configuration names; none, where a part of it cannot be read. */
export async function unnamed(broker: Broker, releases: readonly string[]): Promise<string[]> {
  const { lines, unread } = await namingLines(broker);
  if (unread.length > 0) return [];
  const { certificates } = broker.layout;
  const paths = lines.map(({ path }) => path);
  const ways = await waysFrom(broker, [...new Set([certificates, ...paths])]);
  const folder = ways.get(certificates)?.end ?? certificates;
  return releases.filter((release) => {
    const place = `${folder}/${release}`;
    return paths.every((path) => !`${ways.get(path)?.end ?? ''}/`.startsWith(`${place}/`));
  });
}
