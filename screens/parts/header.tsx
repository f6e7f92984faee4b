import { Box } from 'ink';
import type { StepId } from '../../src/steps/contract/ids.ts';
import { stepIds } from '../../src/steps/contract/ids.ts';
import type { State } from '../../state/machine/machine.ts';
import { type Line, pad, take, widthOf } from '../text/lines.ts';
import { Row } from './lines.tsx';
import { useLook } from './look.tsx';

/** The first two rows: program, broker, where we are; and a rule, or what must be known. */
export function Header({ state, step }: { state: State; step: StepId | null }) {
  const { glyphs, layout } = useLook();
  const left: Line = [
    { text: ' lockstep', tone: 'accent' },
    { text: `   ${brokerWords(state, ` ${glyphs.dot} `, layout.kind === 'wide')}` },
  ];
  const right = step === null ? '' : `step ${stepIds.indexOf(step) + 1} of ${stepIds.length} `;
  const room = layout.columns - right.length - 1;
  return (
    <Box flexDirection="column">
      <Box>
        <Box width={room + 1} flexShrink={0}>
          <Row line={[...left, { text: pad('', room - widthOf(left)) }]} width={room} />
        </Box>
        <Row line={[{ text: right, tone: 'quiet' }]} width={right.length} />
      </Box>
      {state.note ? (
        <Row line={noted(state.note, layout.columns)} width={layout.columns} />
      ) : (
        <Rule />
      )}
    </Box>
  );
}

/** One row: of a longer note the help has all. */
function noted(note: string, width: number): Line {
  const line = { text: ` ${note}`, tone: 'warning' } as const;
  if (widthOf([line]) <= width) return [line];
  const more = ' (?: all of it)';
  return [{ ...line, text: `${take(line.text, width - more.length - 3)}...` }, { text: more }];
}

export function Rule() {
  const { glyphs, layout } = useLook();
  return (
    <Row
      line={[{ text: glyphs.rule.repeat(layout.columns), tone: 'quiet' }]}
      width={layout.columns}
    />
  );
}

function brokerWords({ broker }: State, dot: string, wide: boolean): string {
  if (!broker) return '';
  const version = broker.version && `mosquitto ${broker.version.replace(/^mosquitto\s*/i, '')}`;
  const address = wide && broker.address !== broker.name ? broker.address : '';
  return [broker.name, version, address].filter((part) => part !== '').join(dot);
}
