/** One configured secret, one key per purpose (HKDF, RFC 5869), so that no value made for one passes as another. */
import { createHmac, hkdfSync } from 'node:crypto';

const KEY_BYTES = 32;

export type StoredCredential = 'api-key' | 'sign-in-link' | 'session';

export class DerivedKeys {
  /** Signs call tokens (HS256). */
  readonly callTokenKey: Uint8Array;
  private readonly hmacKeys: Record<StoredCredential, Uint8Array>;

  constructor(apiKeyJwtSecret: string) {
    const derive = (purpose: string) =>
      new Uint8Array(hkdfSync('sha256', apiKeyJwtSecret, '', `orbisvoice/accounts/${purpose}/v1`, KEY_BYTES));
    this.callTokenKey = derive('call-token');
    this.hmacKeys = {
      'api-key': derive('api-key'),
      'sign-in-link': derive('sign-in-link'),
      session: derive('session'),
    };
  }

  /** HMAC-SHA256, as stored and looked up. Credentials have 256 random bits, so a slow hash would add nothing. */
  hmac(credential: StoredCredential, value: string): Buffer {
    return createHmac('sha256', this.hmacKeys[credential]).update(value).digest();
  }
}
