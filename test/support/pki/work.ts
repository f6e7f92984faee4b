// What the tests ask for; also used by a child process, so nothing here needs vitest.

export const now = new Date('2026-11-24T12:00:00Z');
export const daysLater = (days: number, from = now) => new Date(from.getTime() + days * 86_400_000);

export const wanted = {
  subject: { country: 'GB', organization: 'Highly Trusted', commonName: 'Highly Trusted CA' },
  keyType: 'ecdsa-p256',
  days: 3650,
} as const;

export const broker = (...names: string[]) =>
  ({ name: 'rock-4se', kind: 'broker', names, keyType: 'ecdsa-p256', days: 825 }) as const;

export const client = (name: string) =>
  ({ name, kind: 'client', names: [], keyType: 'ecdsa-p256', days: 825 }) as const;
