import { createPrivateKey, sign, verify } from 'node:crypto';
import { readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { issueCertificates } from '../../src/pki/issue/issue.ts';
import { planIssue } from '../../src/pki/issue/issue-plan.ts';
import { readCertificate } from '../../src/pki/x509/read-certificate.ts';
import { damagedKey, newAuthority } from '../support/pki/parts.ts';
import { broker, client, daysLater, now } from '../support/pki/work.ts';

const text = (path: string) => readFileSync(path, 'utf8');

test.each(['ecdsa-p256', 'rsa-2048'] as const)(
  'a key (%s) that signs wrongly makes way, though its public part is right',
  async (keyType) => {
    const authority = await newAuthority();
    const { folder } = authority;
    const wanted = [
      { ...broker('10.0.0.9'), keyType },
      { ...client('client01'), keyType },
    ];
    const issueAt = async (at: Date) => (await issueCertificates(authority, wanted, at)).issued;
    const first = await issueAt(now);
    const spoil = ({ files }: { files: { key: string } }) => {
      const pem = text(files.key);
      const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' });
      writeFileSync(files.key, damagedKey(pem, Buffer.from(d, 'base64url'), 8), { mode: 0o600 });
      return text(files.key);
    };
    const spoilt = first.map(spoil);
    const reason = 'Its key is damaged: nobody could verify what it signs.';
    for (const one of wanted)
      expect(await planIssue(folder, authority.certificate, one, now)).toMatchObject({
        action: 'reissue',
        ...{ reason, key: null, setAside: true },
      });
    const second = await issueAt(daysLater(1));
    expect(second).toMatchObject(wanted.map(() => ({ action: 'reissued', reason })));
    for (const [at, { files }] of second.entries()) {
      const [pem, certificate] = [text(files.key), readCertificate(text(files.certificate), 'x')];
      expect(pem).not.toBe(spoilt[at]);
      const proved = sign('sha256', Buffer.from('so'), pem);
      expect(verify('sha256', Buffer.from('so'), certificate.publicKey, proved)).toBe(true);
    }
    const kept = readdirSync(join(folder, 'superseded')).filter((name) => name.endsWith('.key'));
    expect(kept.map((name) => text(join(folder, 'superseded', name))).sort()).toEqual(
      spoilt.sort(),
    );
    // One that was left without a certificate is not used, either.
    const [lone] = second;
    if (lone) {
      spoil(lone);
      unlinkSync(lone.files.certificate);
    }
    const third = await issueAt(daysLater(2));
    expect(third.map(({ action }) => action)).toEqual(['issued', 'kept']);
  },
);
