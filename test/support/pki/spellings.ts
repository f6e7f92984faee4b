import fc from 'fast-check';
import { addressOctets, addressText } from '../../../src/pki/x509/san.ts';

/** One name or address, and ways to write it. */
export interface Spelled {
  /** In normal form. */
  name: string;
  spellings: string[];
}

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9_-]{0,20}[a-z0-9])?$/);
const ascii = fc
  .tuple(fc.array(label, { maxLength: 3 }), fc.stringMatching(/^[a-z]([a-z0-9-]{0,10}[a-z])?$/))
  .map(([labels, last]) => [...labels, last].join('.'))
  // A label with "xn--" stands for others.
  .filter((name) => !/(^|\.)xn--/.test(name));

/** International names with their ASCII form (RFC 5891). */
const international = fc.constantFrom(
  ['bücher.example', 'xn--bcher-kva.example'],
  ['faß.example', 'xn--fa-hia.example'],
  ['müller.ölhafen.lan', 'xn--mller-kva.xn--lhafen-vxa.lan'],
  ['ёлка.рф', 'xn--80atc1g.xn--p1ai'],
  ['例え.テスト', 'xn--r8jz45g.xn--zckzah'],
  ['كمبيوتر.example', 'xn--ngbev3ektn.example'],
);

const inUpperCase = (name: string) => name.replace(/[a-z]/g, (letter) => letter.toUpperCase());

const dnsName = fc.oneof(
  ascii.map((name): Spelled => ({ name, spellings: [name, inUpperCase(name)] })),
  international.map(
    ([letters = '', name = '']): Spelled => ({
      name,
      spellings: [
        letters,
        name,
        inUpperCase(name),
        inUpperCase(letters),
        letters.replace('.', '。'),
      ],
    }),
  ),
);

const ipv4 = fc.ipV4().map((name): Spelled => {
  const hex = addressOctets(name).toString('hex');
  const mapped = [`::ffff:${name}`, `::FFFF:${hex.slice(0, 4)}:${hex.slice(4)}`];
  return { name, spellings: [name, ...mapped, `[0:0:0:0:0:ffff:${name}]`] };
});

const ipv6 = fc
  .array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((groups): Spelled => {
    const octets = Buffer.from(groups.flatMap((group) => [group >> 8, group & 255]));
    const full = groups.map((group) => group.toString(16).padStart(4, '0')).join(':');
    const short = groups.map((group) => group.toString(16)).join(':');
    const name = addressText(octets) ?? '';
    return { name, spellings: [full, short, full.toUpperCase(), name, `[${name}]`, `[${full}]`] };
  });

const noMachine = /^(0\.0\.0\.0|::|::ffff:[0-9a-f]{1,4}:[0-9a-f]{1,4})$/;

/** Names and addresses of all kinds, each with ways to write it. */
export const spelled: fc.Arbitrary<Spelled> = fc.oneof(
  dnsName.map(({ name, spellings }) => ({
    name,
    spellings: spellings.flatMap((one) => [one, `${one}.`]),
  })),
  fc.oneof(ipv4, ipv6).filter(({ name }) => !noMachine.test(name)),
);

/** What somebody, or a hostile machine, may give for a name: good, nearly good, and anything. */
export const anyName: fc.Arbitrary<string> = fc.oneof(
  spelled.chain(({ spellings }) => fc.constantFrom(...spellings)),
  fc.stringMatching(/^[a-zA-Z0-9._:[\]%*-]{0,40}$/),
  fc.stringMatching(/^(xn--[a-z0-9-]{0,12}\.?){1,3}$/),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({
    unit: fc.constantFrom('a', 'ü', 'ß', '1', '１', '。', '.', '-', '_', '%', '#', '＠', 'א'),
  }),
  fc.domain(),
);
