import { blank, type Line } from '../text/lines.ts';

/** Groups of lines with a blank line between those that have any. */
export const sections = (...groups: Line[][]): Line[] =>
  groups
    .filter((group) => group.length > 0)
    .flatMap((group, index) => (index === 0 ? group : [blank, ...group]));
