/**
 * The text of an API key: `ov_live_`, 43 base62 characters of randomness, 6 of checksum (CRC-32 of all that comes before).
 * The prefix lets scanners find leaked keys; the checksum tells a mistyped key from an unknown one without the database.
 */
import { crc32 } from 'node:zlib';
import { RANDOM_LENGTH, randomBase62, toBase62 } from '../credentials/base62.js';

const PREFIX = 'ov_live_';
const CHECKSUM_LENGTH = 6;
const PATTERN = new RegExp(`^${PREFIX}[0-9A-Za-z]{${RANDOM_LENGTH + CHECKSUM_LENGTH}}$`);

export function makeApiKeySecret(): string {
  const unchecked = PREFIX + randomBase62();
  return unchecked + checksum(unchecked);
}

export function isApiKeySecret(value: string): boolean {
  if (!PATTERN.test(value)) return false;
  return checksum(value.slice(0, -CHECKSUM_LENGTH)) === value.slice(-CHECKSUM_LENGTH);
}

/** What may be shown and stored: "ov_live_…x7Qd". */
export function previewOf(secret: string): string {
  return `${PREFIX}…${secret.slice(-4)}`;
}

function checksum(text: string): string {
  return toBase62(BigInt(crc32(text)), CHECKSUM_LENGTH);
}
