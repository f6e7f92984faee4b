import ssh2 from 'ssh2';

/** A host key for a server of ssh2's. Of those that it makes, one in some hundreds it cannot read itself. */
export function serverKey(): { private: string; public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}
