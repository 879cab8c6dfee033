/** Headers at rest: AES-256-GCM, bound to their organization and tool, so that a row copied elsewhere does not open. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { z } from 'zod';

export interface HeaderOwner {
  organizationId: string;
  toolId: string;
}

/** Layout of a sealed value: version, nonce, tag, ciphertext. */
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

const headersJson = z.record(z.string(), z.string());

export class HeaderVault {
  private readonly key: Buffer;

  constructor(secret: string) {
    this.key = Buffer.from(hkdfSync('sha256', secret, '', 'orbisvoice tools: http headers, version 1', 32));
  }

  seal(headers: Record<string, string>, owner: HeaderOwner): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce).setAAD(additionalData(owner));
    const ciphertext = Buffer.concat([cipher.update(JSON.stringify(headers)), cipher.final()]);
    return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), ciphertext]);
  }

  /** @throws DomainError `failed_precondition` when the key is not the one that sealed them */
  open(sealed: Buffer, owner: HeaderOwner): Record<string, string> {
    try {
      if (sealed[0] !== VERSION) throw new Error('unknown version');
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', this.key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(additionalData(owner))
        .setAuthTag(sealed.subarray(1 + NONCE_BYTES, HEADER_BYTES));
      const text = Buffer.concat([decipher.update(sealed.subarray(HEADER_BYTES)), decipher.final()]).toString();
      return headersJson.parse(JSON.parse(text));
    } catch (cause) {
      throw new DomainError('failed_precondition', "The tool's stored headers can't be decrypted: enter them again.", {
        cause,
      });
    }
  }
}

function additionalData(owner: HeaderOwner): Buffer {
  return Buffer.from(`${owner.organizationId}:${owner.toolId}`);
}
