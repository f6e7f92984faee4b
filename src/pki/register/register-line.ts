import { clean } from '../../text/clean.ts';
import type { RegisterFact } from './fact.ts';

const kinds = ['authority', 'broker', 'client'];

/** One line of the register, checked and cleaned; null when it is not one (torn, or not ours). */
export function readFact(line: string): RegisterFact | null {
  let fact: Record<string, unknown>;
  try {
    fact = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof fact !== 'object' || fact === null) return null;
  const text = (key: string): string => clean(String(fact[key]), 400);
  const complete = (...keys: string[]) => keys.every((key) => typeof fact[key] === 'string');
  const dates = (...keys: string[]) =>
    keys.every((key) => typeof fact[key] === 'string' && !Number.isNaN(Date.parse(fact[key])));
  if (!complete('serial') || !dates('at')) return null;
  const [at, serial] = [text('at'), text('serial')];
  switch (fact.event) {
    case 'issued': {
      if (!complete('name', 'fingerprint') || !dates('notBefore', 'notAfter')) return null;
      if (!kinds.includes(String(fact.kind))) return null;
      const kind = fact.kind as 'authority' | 'broker' | 'client';
      const [notBefore, notAfter] = [text('notBefore'), text('notAfter')];
      const [name, fingerprint] = [text('name'), text('fingerprint')];
      const replaces = serials(fact.replaces);
      return {
        event: 'issued',
        at,
        serial,
        name,
        kind,
        notBefore,
        notAfter,
        fingerprint,
        replaces,
      };
    }
    case 'delivered':
      return complete('to') ? { event: 'delivered', at, serial, to: text('to') } : null;
    default:
      return null;
  }
}

const serials = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.filter((one) => typeof one === 'string').map((one) => clean(one))
    : [];
