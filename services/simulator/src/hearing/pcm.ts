/** What a blob's MIME type says about its audio; undefined when it isn't PCM (the real server ignores such audio). */
export function parseAudioMimeType(mimeType: string | undefined): { sampleRateHz: number } | undefined {
  const match = /^audio\/(?:pcm|l16)\s*(?:;(.*))?$/i.exec((mimeType ?? 'audio/pcm').trim());
  if (!match) return undefined;
  const rate = /(?:^|;)\s*rate=(\d{4,6})\s*(?:;|$)/i.exec(match[1] ?? '');
  const sampleRateHz = rate ? Number(rate[1]) : 16_000;
  return sampleRateHz >= 8_000 && sampleRateHz <= 192_000 ? { sampleRateHz } : undefined;
}

/** Mono s16le from base64, also URL-safe. A last odd byte is dropped. */
export function decodePcm(base64: string): Int16Array {
  const bytes = Buffer.from(base64, 'base64');
  const samples = new Int16Array(bytes.length >> 1);
  for (let n = 0; n < samples.length; n++) samples[n] = bytes.readInt16LE(2 * n);
  return samples;
}

/** Base64 of mono s16le. */
export function encodePcm(samples: Int16Array): string {
  const bytes = Buffer.allocUnsafe(2 * samples.length);
  for (let n = 0; n < samples.length; n++) bytes.writeInt16LE(samples[n] as number, 2 * n);
  return bytes.toString('base64');
}
