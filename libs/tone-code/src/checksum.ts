/** CRC-16/CCITT-FALSE (polynomial 0x1021, start 0xffff). */
export function crc16(bytes: Uint8Array): number {
  return crc(bytes, 16, 0x1021, 0xffff);
}

/** CRC-8 (polynomial 0x07) with start 0xff, so that two zero bytes do not check as valid. */
export function crc8(bytes: Uint8Array): number {
  return crc(bytes, 8, 0x07, 0xff);
}

function crc(bytes: Uint8Array, bits: number, polynomial: number, start: number): number {
  const top = 1 << (bits - 1);
  const mask = (1 << bits) - 1;
  let value = start;
  for (const byte of bytes) {
    value ^= byte << (bits - 8);
    for (let bit = 0; bit < 8; bit++) value = (value & top ? (value << 1) ^ polynomial : value << 1) & mask;
  }
  return value;
}
