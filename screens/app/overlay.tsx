import type { Lesson } from '../../src/steps/lessons.ts';
import type { KeyContext } from '../keys/binding.ts';
import { bindings } from '../keys/key-table.ts';
import { useLayer } from '../keys/keyboard.tsx';
import { Lines } from '../parts/lines.tsx';
import { useLook } from '../parts/look.tsx';
import { useScroll } from '../parts/scroll.ts';
import { sections } from '../steps/sections.ts';
import { copyable } from '../text/copyable.ts';
import type { Glyphs } from '../text/glyphs.ts';
import { folded, hanging, type Line, pad, paragraph, say } from '../text/lines.ts';

/** Text over the whole width, without frames: any key that is not for reading closes it. */
export function Overlay(props: {
  lines: readonly Line[];
  active: boolean;
  onClose(): void;
  onPrint?(): void;
}) {
  const { glyphs, layout } = useLook();
  const { width, height } = layout.body;
  const lines = props.lines.flatMap((line) => folded(line, width, glyphs.ascii));
  const { top, move } = useScroll({ count: lines.length, width, room: height });
  useLayer(
    {
      mode: props.onPrint ? 'commands' : 'overlay',
      on: {
        scroll: move,
        back: props.onClose,
        print: props.onPrint ?? props.onClose,
        help: props.onClose,
      },
      onText: props.onClose,
    },
    props.active,
  );
  return <Lines lines={lines.slice(top, top + height)} width={width} height={height} />;
}

/**
 * The help: what the header has room for a part of only, the lesson of the step, then every key, with the reason
 * where one does nothing now.
 */
export function helpLines(
  note: string | null,
  lesson: Lesson | null,
  context: KeyContext,
  width: number,
  glyphs: Glyphs,
): Line[] {
  const about = lesson
    ? [
        say(lesson.title, 'strong'),
        ...paragraph(lesson.why, width),
        ...paragraph(lesson.differs ?? '', width, 'quiet'),
      ]
    : [];
  const places = {
    list: 'In lists',
    form: 'In questions',
    field: 'In text',
    overlay: 'Reading',
    commands: 'In the commands',
    live: 'In the live pane',
  };
  // A key of several places is told at the first of them.
  const keys = Object.entries(places).map(([mode, title]) => [
    say(title, 'strong'),
    ...bindings
      .filter((binding) => binding.modes[0] === mode)
      .flatMap((binding) => {
        const reason = binding.disabled?.(context);
        const head = [{ text: `  ${pad(binding.shown(glyphs), 17)}`, tone: 'accent' as const }];
        return hanging(head, reason ? `${binding.help} (now: ${reason})` : binding.help, width);
      }),
  ]);
  const noted = note === null ? [] : paragraph(note, width, 'warning');
  return sections(noted, about, ...keys.filter((lines) => lines.length > 1));
}

/** The commands of a step, each whole, so that it can be copied. */
export function commandLines(
  title: string,
  commands: readonly string[],
  width: number,
  printing: boolean,
): Line[] {
  const hint = printing
    ? 'They are printed when you leave.'
    : 'To copy them from your own screen: p prints them when you leave.';
  return sections(
    [say(`${title}: what you would type`, 'strong'), say(hint, 'quiet')],
    commands.flatMap((command) => copyable(command, width).map((line) => say(line))),
  );
}
