/** From bytes to text, whatever the sender says or forgets about its encoding. */

export interface TextLabel {
  /** Media type in lower case, or ''. */
  type: string;
  charset: string | undefined;
}

const BYTE_ORDER_MARKS: [number[], string][] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];
/** Where no other encoding fits. Any bytes are text in it, so it is not tried for what says that it is none. */
const FALLBACK = 'windows-1252';
const MEDIA = /^(image|audio|video|font|model)\/|^application\/(pdf|zip|gzip|wasm)\b|\+zip$/;
/** Text has tabs and line ends, terminals' colours, form feeds; no other control characters. */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b\u000e-\u001a\u001c-\u001f\ufffe\uffff]/;

/**
 * A byte order mark wins over the header, as browsers have it; what does not fit its label is tried as UTF-8, then as windows-1252.
 * @returns undefined for what is no text
 */
export function decodeText(body: Buffer, { type, charset }: TextLabel): string | undefined {
  const marked = BYTE_ORDER_MARKS.find(([mark]) => mark.every((byte, index) => body[index] === byte))?.[1];
  if (!marked && body.subarray(0, 5).toString('latin1') === '%PDF-') return undefined;
  const fallback = MEDIA.test(type) ? undefined : FALLBACK;
  const candidates = [marked, charset, ownCharset(body), 'utf-8', unmarkedUtf16(body), fallback];
  for (const label of candidates) {
    const text = label === undefined ? undefined : decodeAs(label, body);
    if (text !== undefined && !CONTROLS.test(text)) return text;
  }
  return undefined;
}

/** Undefined also for an encoding that nobody knows. */
function decodeAs(label: string, body: Buffer): string | undefined {
  try {
    return new TextDecoder(label, { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

/** As an XML declaration or a page's head says it. */
function ownCharset(body: Buffer): string | undefined {
  if (body[0] !== 0x3c) return undefined;
  return /\b(?:encoding|charset)\s?=\s?["']?([\w.:-]{1,40})/i.exec(body.toString('latin1', 0, 1024))?.[1];
}

/** JSON, and most other text, begins with two ASCII characters. */
function unmarkedUtf16(body: Buffer): string | undefined {
  if (body.length < 2 || body.length % 2 !== 0) return undefined;
  if (body[0] !== 0 && body[1] === 0) return 'utf-16le';
  return body[0] === 0 && body[1] !== 0 ? 'utf-16be' : undefined;
}
