import type { Place } from '../../state/machine/machine.ts';
import type { Session } from '../../state/session/session-parts.ts';
import { useLayer } from '../keys/keyboard.tsx';
import { Body } from '../parts/body.tsx';
import { useLook } from '../parts/look.tsx';
import { Menu } from '../parts/menu.tsx';
import { Working } from '../parts/working.tsx';
import { type Line, paragraph } from '../text/lines.ts';
import { troubleLines } from '../views/trouble.ts';

/** While the broker's machine is being reached, and what to do when it cannot be. */
export function Opening(props: {
  session: Session;
  place: Extract<Place, { screen: 'opening' }>;
  active: boolean;
}) {
  const { place, session } = props;
  const { width } = useLook().layout.body;
  const back = () => session.send({ type: 'welcome' });
  const retry = () => session.send({ type: 'retry' });
  useLayer({ mode: 'list', on: { back, retry } }, props.active);
  const { broker } = session.state().answers;
  const title = broker === 'practice' ? 'Practice broker' : `Broker ${broker}`;
  if (!place.trouble) {
    const lines: Line[] = paragraph(
      'Nothing is changed while looking. Esc goes back.',
      width,
      'quiet',
    );
    return (
      <Body title={title} lines={lines} below={1} active={props.active}>
        <Working what={place.doing || 'Opening'} width={width} stoppable />
      </Body>
    );
  }
  return (
    <Body
      key="trouble"
      title={title}
      word={{ text: 'not reached', tone: 'bad' }}
      lines={troubleLines(place.trouble, width)}
      below={2}
      active={props.active}
    >
      <Menu
        items={[
          { label: 'Try again', value: retry },
          { label: 'Choose another broker', value: back },
        ]}
        width={width}
        limit={2}
        active={props.active}
        onSelect={(act) => act()}
      />
    </Body>
  );
}
