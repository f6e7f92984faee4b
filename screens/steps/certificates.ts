import stringWidth from 'string-width';
import type { CertificatesReport, Holder } from '../../src/steps/certificates/certificates.ts';
import type { Glyphs } from '../text/glyphs.ts';
import { type Line, pad, say, take, widthOf } from '../text/lines.ts';
import { day } from './authority.ts';

/** The chain of trust: the authority, and who it vouches for. */
export function chainLines(
  { authority, holders }: CertificatesReport,
  name: string,
  width: number,
  glyphs: Glyphs,
): Line[] {
  const root = take(authority?.commonName ?? name, Math.floor(width / 2));
  const column = Math.min(
    24,
    Math.max(0, ...holders.map((holder) => stringWidth(holder.name))) + 2,
  );
  const leaf = (holder: Holder): Line => [
    { text: pad(take(holder.name, 22), column), tone: 'strong' },
    { text: about(holder), tone: holder.action === 'keep' ? 'plain' : 'quiet' },
  ];
  const needed = stringWidth(root) + 5 + Math.max(0, ...holders.map((one) => widthOf(leaf(one))));
  // Beside each other as long as that fits, else the authority above those it vouches for.
  if (needed > width)
    return [
      say(root, 'strong'),
      ...holders.map(
        (holder, index): Line => [
          { text: `${branch(index + 1, holders.length + 1, glyphs)} ` },
          ...leaf(holder),
        ],
      ),
    ];
  return holders.map(
    (holder, index): Line => [
      { text: index === 0 ? `${root} ` : pad('', stringWidth(root) + 1), tone: 'strong' },
      { text: `${branch(index, holders.length, glyphs)} ` },
      ...leaf(holder),
    ],
  );
}

function branch(index: number, count: number, glyphs: Glyphs): string {
  if (count === 1) return glyphs.branchOnly;
  if (index === 0) return glyphs.branchFirst;
  return index === count - 1 ? glyphs.branchLast : glyphs.branch;
}

function about({ kind, names, days, facts, action }: Holder): string {
  const count = kind === 'broker' ? `, ${names.length} name${names.length === 1 ? '' : 's'}` : '';
  if (action === 'stuck') return `${kind}, cannot be issued`;
  if (action === 'keep' && facts) return `${kind}${count}, until ${day(facts.notAfter)}`;
  return `${kind}${count}, ${days} days${action === 'reissue' ? ', again' : ''}`;
}
