/** A part of the screen, in terminal cells from its upper left corner. */
export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Layout {
  columns: number;
  rows: number;
  kind: 'wide' | 'stacked';
  /** The list of steps beside the body; null where it is one line above it, or not shown. */
  steps: Rectangle | null;
  stepLine: boolean;
  body: Rectangle;
  /** The live pane, its heading included; null while there is none. */
  live: Rectangle | null;
  footerRule: boolean;
}

/** In less than this only a line fits that says so. */
export const smallest = { columns: 60, rows: 18 };

const stepColumns = 20;

/**
 * Who gets which part of a terminal. Header and footer take what they need, the live pane at most
 * a fifth, the body all the rest; so the pane never pushes a step away. Where there is a plan to be
 * read (`reading`) it gets what there is: lines of files are long.
 */
export function layoutFor(
  columns: number,
  rows: number,
  shown: { steps: boolean; live: boolean; reading?: boolean },
): Layout {
  const wide = columns >= 76 && rows >= 22;
  const tight = shown.reading === true && (columns < 100 || rows < 30);
  const header = 2;
  const footerRule = wide;
  const footer = footerRule ? 2 : 1;
  const stepLine = shown.steps && (!wide || tight);
  const messages = tight ? 1 : wide ? Math.min(4, Math.floor(rows / 6)) : 2;
  const liveRows = shown.live ? 1 + messages : 0;
  const top = header + (stepLine ? 1 : 0);
  const height = Math.max(0, rows - top - liveRows - footer);
  const beside = shown.steps && wide && !tight;
  const x = beside ? stepColumns + 1 : 1;
  return {
    columns,
    rows,
    kind: wide ? 'wide' : 'stacked',
    steps: beside ? { x: 0, y: top, width: stepColumns, height } : null,
    stepLine,
    body: { x, y: top, width: Math.max(1, columns - x - 1), height },
    live: shown.live ? { x: 0, y: top + height, width: columns, height: liveRows } : null,
    footerRule,
  };
}
