/** Answers as in an answers file. */
export interface Chosen {
  plainListener: 'refuse' | 'loopback' | 'remove' | 'open';
  ports?: { plain?: number; tls?: number };
  minimumTls?: '1.2';
  otherTls?: 'keep' | 'close';
}

/** A reason for which a configuration that loads may be refused. */
export interface Refusal {
  /** Why it cannot be done safely. */
  because: string;
  says: RegExp;
  /** The answers with which it can be done after all, as it is said there. */
  answer?(chosen: Chosen, said: RegExpExecArray): Partial<Chosen>;
}

/** All there are; another refusal is a defect. */
export const refusals: readonly Refusal[] = [
  {
    because: 'there is no way to its listener, neither from here nor through SSH',
    says: /^There is no way to prove from here who gets in by port 8883 at \S+\.\n/,
  },
  {
    because: 'a file of pre-shared keys takes TLS 1.3 from all listeners on this version',
    says: /^With this change the broker would not do what you chose\.\n +Port 8883 could not speak TLS 1\.3: .*; choose TLS 1\.2\.\n/,
    answer: () => ({ minimumTls: '1.2' }),
  },
  {
    because: 'a plugin (dynamic security) grants the new client nothing',
    says: /^The new configuration, tried beside the broker: .*\nLikely: .* accepted the connection, but not the subscription\./,
  },
  {
    because: 'an access list gives the new client nothing',
    says: /^The new configuration, tried beside the broker: .*\nLikely: .*lets it neither write nor read anything/,
  },
  {
    because:
      'the folder of access.conf is included twice, and what is in it would listen twice (2.1)',
    says: /^With this change .*\n +The broker would not start: Error: Address already in use \(\/etc\/mosquitto\/conf\.d\/access\.conf, line \d+\)\.\n/,
  },
  {
    because: 'it is in UTF-16, of which 2.1 reads the first line and no include',
    says: /^With this change .*\n +The broker does not read \S+ as far as the line that includes \S+: most likely it is not plain text/,
  },
  {
    because:
      'a listener of it opens a port that the system chooses (websockets at a unix socket, 2.0)',
    says: /^With this change .*\n +Whom the listener of \S+, line \d+, lets in could not be seen: /,
  },
  {
    because: 'somebody else has set up the port for certificates, and what becomes of it is asked',
    says: /^Port \d+ is in use: somebody else has set it up\.\n/,
    // Each of what is offered, by turns.
    answer: ({ plainListener, ports }) =>
      plainListener === 'loopback'
        ? { otherTls: 'keep' }
        : plainListener === 'open'
          ? { ports: { ...ports, tls: 8899 } }
          : { otherTls: 'close' },
  },
  {
    because: 'the authority of others cannot be kept beside ours',
    says: /^The authority of port \d+ cannot be kept beside ours\.\n/,
    answer: () => ({ otherTls: 'close' }),
  },
  {
    because: 'there are several plain ports, and which of them is meant is asked',
    says: /^This broker has several ports without TLS\.\n.*\(ports: \{plain: (\d+)\} in /s,
    answer: ({ ports }, [, plain]) => ({ ports: { ...ports, plain: Number(plain) } }),
  },
  {
    because: 'the choice would let in somebody who does not get in now',
    says: /^With this change .*\n +(Port \d+|\/\S+) would let in (everybody|who has a [a-z ]+), and does not today\./s,
  },
];
