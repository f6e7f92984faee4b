/** What a piece of text is for. Colours are chosen here and nowhere else. */
export type Tone = 'plain' | 'strong' | 'quiet' | 'accent' | 'good' | 'warning' | 'bad';

interface Look {
  color?: string;
  dimColor?: boolean;
  bold?: boolean;
}

/**
 * The sixteen colours only, so that the user's own palette decides. Colour never says anything
 * that a word or a glyph does not say too (NO_COLOR, projectors, colour blindness).
 */
export const theme: Record<Tone, Look> = {
  plain: {},
  strong: { bold: true },
  quiet: { dimColor: true },
  accent: { color: 'cyan', bold: true },
  good: { color: 'green' },
  warning: { color: 'yellow' },
  bad: { color: 'red', bold: true },
};
