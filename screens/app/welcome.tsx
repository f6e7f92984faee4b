import { Box } from 'ink';
import { useState } from 'react';
import type { Answers } from '../../src/steps/answers/answers.ts';
import { defaultAnswers } from '../../src/steps/answers/default-answers.ts';
import type { Session } from '../../state/session/session-parts.ts';
import { type Drafts, Form } from '../forms/form.tsx';
import { useLayer } from '../keys/keyboard.tsx';
import { Body } from '../parts/body.tsx';
import { Lines } from '../parts/lines.tsx';
import { useLook } from '../parts/look.tsx';
import { Menu } from '../parts/menu.tsx';
import { remoteQuestions } from '../terminal/remote.ts';
import { blank, type Line, paragraph, say } from '../text/lines.ts';
import { type BrokerChoice, brokerChoices } from './welcome-choices.ts';

const about: Record<BrokerChoice['kind'], string> = {
  resume: 'Opens where you left off. Every step is looked at again first.',
  practice:
    'A broker of its own in a folder on this machine. Nothing to install, no root, no network: the place to try things.',
  ssh: 'Your broker on another machine, for example a single-board computer. You log in as you always do.',
  local: 'The Mosquitto that runs on the machine you are sitting at.',
};

/** The first screen: which broker? What was left unfinished comes first. */
export function Welcome(props: { session: Session; now: Date; drafts: Drafts; active: boolean }) {
  const { layout } = useLook();
  const { width, height } = layout.body;
  const items = brokerChoices(props.session.sites(), props.now);
  const [highlighted, setHighlighted] = useState<BrokerChoice | undefined>(items[0]?.value);
  const [remote, setRemote] = useState(false);
  useLayer({ mode: 'list', on: {} }, props.active && !remote);

  const open = (answers: Answers) => props.session.send({ type: 'choose', answers });
  const choose = (choice: BrokerChoice) => {
    if (choice.kind === 'ssh') setRemote(true);
    else open(choice.answers);
  };

  if (remote)
    return (
      <Form
        title="Where is the broker?"
        questions={remoteQuestions}
        answers={{ ...defaultAnswers(), broker: '' }}
        drafts={props.drafts}
        done="Connect"
        active={props.active}
        onDone={(answers) => open(answers)}
        onCancel={() => setRemote(false)}
      />
    );
  const limit = Math.min(items.length, Math.max(4, height - 12));
  const lines: Line[] = [
    ...paragraph(
      'Takes a Mosquitto broker that anybody can talk to, and turns it into one that only holders of a certificate can reach. Seven steps; each is shown before it is done, and proved after.',
      width,
    ),
    blank,
    say('Which broker?', 'strong'),
  ];
  const help = highlighted ? paragraph(about[highlighted.kind], width, 'quiet') : [];
  return (
    <Body title="Lockstep" lines={lines} below={limit + 4} active={props.active}>
      <Menu
        items={items}
        width={width}
        limit={limit}
        active={props.active}
        onSelect={choose}
        onHighlight={setHighlighted}
      />
      <Box height={1} flexShrink={0} />
      <Lines lines={help} width={width} />
    </Body>
  );
}
