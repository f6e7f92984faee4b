import type { StepId } from './contract/ids.ts';
import type { Step } from './contract/step.ts';

/** The words of a step, for its screen: all that is known before anything of this broker is. */
export type Lesson = Pick<Step, 'id' | 'title' | 'why' | 'differs'>;

/** What each step teaches. Apart from the steps, so that a screen has the words at once. */
export const lessons: Readonly<Record<StepId, Lesson>> = {
  inspect: {
    id: 'inspect',
    title: 'Inspect',
    why:
      'First see what is there. A broker reads one file, which includes others; what it lets in is ' +
      'decided by all of them together, and by what it was told when it started.',
  },
  anonymous: {
    id: 'anonymous',
    title: 'Anonymous test',
    why:
      'Before closing a door, see whether it is open. One message is sent without a name, a password ' +
      'or a certificate. Where it arrives, any program that reaches the broker can do the same.',
  },
  authority: {
    id: 'authority',
    title: 'Authority',
    why:
      'A certificate is a statement: "this key belongs to this name". Somebody has to sign it whom ' +
      'both sides trust. That is the authority: a key that stays here, and a certificate that everybody gets.',
    differs:
      'The article keeps the key open for a year. Here it can have a passphrase, and the authority ' +
      'lasts ten years: when it ends, everything it signed ends with it.',
  },
  certificates: {
    id: 'certificates',
    title: 'Certificates',
    why:
      "A certificate says who a machine is; the authority's signature makes others believe it. " +
      'The broker needs one, and so does every client.',
    differs:
      'The article signs without options: that makes a certificate of an old version (v1), without ' +
      'names to check, which dies after 30 days. Here each has its names, its purpose and its dates.',
  },
  distribute: {
    id: 'distribute',
    title: 'Distribute',
    why:
      'Each machine gets its own key and certificate, and the certificate of the authority. A key is ' +
      'readable by its owner alone from its first byte on; the key of the authority stays here.',
    differs:
      'The article copies keys by way of the home folder. Here they are staged where only root can ' +
      'look, and certificate and key are switched together: half a pair is an outage.',
  },
  harden: {
    id: 'harden',
    title: 'Harden',
    why:
      'Now the broker gets a port that asks for a certificate, and the open one is closed, unless you ' +
      'choose otherwise. The change is shown first; if the proof fails, all is put back.',
    differs:
      'The article sets per_listener_settings. That loses queued messages on some versions and is ' +
      'going away; Lockstep does the same without it where it can.',
  },
  verify: {
    id: 'verify',
    title: 'Verify',
    why:
      'A lock is proved by trying keys. A message must arrive for who has a certificate; everybody ' +
      'else must be refused: no certificate, a forged one, plain MQTT, an old TLS.',
  },
};
