import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nameOffers } from '../../../src/mosquitto/locate/name-offers.ts';
import { normalName } from '../../../src/pki/x509/san.ts';
import { anyName } from '../../support/pki/spellings.ts';

test('what a machine goes by is offered in normal form, each once, loopback last', () => {
  const names = ['Rock-4SE.LAN.', 'my_broker', 'bücher.example', 'rock 4se', '*.lan', ''];
  const addresses = ['10.0.0.1', 'FD00:141:0:0::2', 'fe80::1', 'FEBF::1', '010.0.0.1'];
  expect(nameOffers(names, addresses)).toEqual([
    ...['rock-4se.lan', 'my_broker', 'xn--bcher-kva.example', '10.0.0.1', 'fd00:141::2'],
    ...['localhost', '127.0.0.1'],
  ]);
});

test('whatever it says, nothing is offered that could not be signed and proved', () => {
  fc.assert(
    fc.property(fc.array(anyName, { maxLength: 100 }), (names) => {
      const offers = nameOffers(names, names);
      expect(offers.map(normalName)).toEqual(offers);
      expect(new Set(offers).size).toBe(offers.length);
      expect(offers.length).toBeLessThanOrEqual(32);
    }),
  );
});
