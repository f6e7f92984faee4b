import { createContext, useContext } from 'react';
import { type Glyphs, glyphsFor } from '../text/glyphs.ts';
import { type Layout, layoutFor } from '../text/layout.ts';

/** What every part needs to draw itself. */
export interface Look {
  glyphs: Glyphs;
  layout: Layout;
}

export const LookContext = createContext<Look>({
  glyphs: glyphsFor({}),
  layout: layoutFor(80, 24, { steps: false, live: false }),
});

export const useLook = (): Look => useContext(LookContext);
