import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const text = readFileSync(at('SECURITY.md'), 'utf8');
const points = text
  .split(/^## /m)
  .slice(1)
  .flatMap((section) => {
    const title = section.slice(0, section.indexOf('\n'));
    const numbered = section.split(/^(?=\d+\. )/m).slice(1);
    return numbered.map((point) => [`${title} ${Number.parseInt(point, 10)}`, point] as const);
  });

test('every adversary has its points', () => {
  for (const who of [
    'curious user',
    'broker machine',
    'MQTT client',
    'own machine',
    'laptop',
    'state folder',
  ])
    expect(points.filter(([name]) => name.includes(who)).length, who).toBeGreaterThan(2);
});

test.each(points)('%s: the tests that hold it are there', (_, point) => {
  const claim = point.slice(point.search(/^ +Tests?: /m));
  const named = [...claim.matchAll(/`(test\/[^`]+)` "([^"]+)"/g)];
  expect(named.length, point).toBeGreaterThan(0);
  for (const [, file = '', title = ''] of named) {
    expect(existsSync(at(file)), file).toBe(true);
    const quoted = ["'", '"', '`'].map((mark) => `${mark}${title}${mark}`);
    const tests = readFileSync(at(file), 'utf8');
    expect(
      quoted.some((one) => tests.includes(one)),
      `${file} "${title}"`,
    ).toBe(true);
  }
});
