/** A reason for which a configuration that loads may be refused. */
interface Refusal {
  /** Why it cannot be done safely. */
  because: string;
  says: RegExp;
  /** The answer with which it can be done after all, as it is said there. */
  answer?: string;
}

/** All there are; another refusal is a defect. */
export const refusals: readonly Refusal[] = [
  {
    because: 'its listener is bound to an address that is not reached from here',
    says: /^Port 8883 would listen at \S+, but you reach this broker at \S+\.\n/,
  },
  {
    because: 'a file of pre-shared keys takes TLS 1.3 from all listeners on this version',
    says: /^The configuration cannot be changed safely by itself\.\n +Port 8883 could not speak TLS 1\.3: .*or choose TLS 1\.2\.\n/,
    answer: 'minimumTls: "1.2"\n',
  },
  {
    because: 'only clients whose id has a certain beginning are let in (clientid_prefixes)',
    says: /^The configuration cannot be changed .*\n +Port 8883 would refuse holders of a certificate, too \(/,
  },
  {
    because: 'a plugin (dynamic security) grants the new client nothing',
    says: /^The new configuration, tried beside the broker: .*\nLikely: .* accepted the connection, but not the subscription\./,
  },
];
