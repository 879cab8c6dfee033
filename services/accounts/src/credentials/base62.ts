/** Fixed-width base62: digits, upper case, lower case. Safe in URLs, headers and double clicks. */
import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_BYTES = 32;

/** Characters of a random token: 62^43 is just above 2^256. */
export const RANDOM_LENGTH = 43;

export function toBase62(value: bigint, length: number): string {
  let rest = value;
  let text = '';
  for (let index = 0; index < length; index += 1) {
    text = ALPHABET[Number(rest % 62n)] + text;
    rest /= 62n;
  }
  if (rest !== 0n) throw new RangeError(`The value needs more than ${length} base62 characters.`);
  return text;
}

/** 256 random bits in 43 characters. */
export function randomBase62(): string {
  return toBase62(BigInt(`0x${randomBytes(RANDOM_BYTES).toString('hex')}`), RANDOM_LENGTH);
}

export function isRandomBase62(value: string): boolean {
  return /^[0-9A-Za-z]{43}$/.test(value);
}
