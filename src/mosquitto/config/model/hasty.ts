import { behaviourOf } from './behaviour.ts';
import type { Configuration } from './configuration.ts';

/** In seconds: the keepalive of whoever has not yet told his own (mosquitto#3286, its log). */
const untold = 60;

/** Whether the broker now and then hangs up on somebody who has just come, whoever it is. */
export const isHasty = ({ memory, version }: Pick<Configuration, 'memory' | 'version'>): boolean =>
  behaviourOf(version).dropsAtMaxKeepalive && memory.broker.get('max_keepalive')?.value === untold;
