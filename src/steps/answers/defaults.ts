/**
 * What Enter on every screen answers, said once: the schema of the answers file takes its defaults from here, and so does
 * the first screen, which must not wait for the schema to load.
 */
export const defaults = {
  broker: 'practice',
  namesFromHost: false,
  ports: { plain: 1883, tls: 8883 },
  authority: {
    subject: {
      country: '',
      state: '',
      locality: '',
      organization: '',
      unit: '',
      commonName: 'Highly Trusted CA',
      email: '',
    },
    key: 'ecdsa-p256',
    days: 3650,
    passphrase: 'none',
  },
  certificates: { key: 'ecdsa-p256', days: 825 },
  clients: [{ name: 'client01', host: 'here' }],
  topic: '',
  minimumTls: '1.3',
  undoAfterSeconds: 120,
  plainListener: 'refuse',
  otherTls: 'ask',
  quietDays: 7,
  tryPlugins: false,
  acknowledged: [] as string[],
} as const;
