import type { StepId } from '../src/steps/step.ts';

/** What the screens say of a step before anything is known about this broker. */
export interface Lesson {
  title: string;
  why: string;
  differs?: string;
}

export const lessons: Record<StepId, Lesson> = {
  inspect: {
    title: 'Inspect',
    why: 'First see what the broker really does: who may connect, over which ports, and which line of which file decides it.',
  },
  anonymous: {
    title: 'Anonymous test',
    why: 'Anybody who reaches the port can read and write everything. See it happen: a message without a name or a password arrives.',
  },
  authority: {
    title: 'Authority',
    why: 'An authority signs certificates. Whoever trusts it believes what it signed, so its key is the one secret that everything hangs on.',
  },
  certificates: {
    title: 'Certificates',
    why: "A certificate says who a machine is; the authority's signature makes others believe it. The broker needs one, each client too.",
    differs:
      'version 3 with the names of the broker in it: the command of the article makes one that expires after 30 days.',
  },
  distribute: {
    title: 'Distribute',
    why: 'Each machine gets its own key and certificate, and the certificate of the authority. A private key is read by its owner only, at every moment.',
  },
  harden: {
    title: 'Harden',
    why: 'Now the broker learns to ask for certificates, and to refuse everybody else.',
  },
  verify: {
    title: 'Verify',
    why: 'What is not tried is not known: what must work is tried, and what must be refused is tried too.',
  },
};
