/** Which headers an HTTP tool may send, and which of them hold a secret. */
const MAX_HEADERS = 32;
const MAX_NAME_LENGTH = 128;
const MAX_VALUE_LENGTH = 8 * 1024;
const MAX_TOTAL_LENGTH = 16 * 1024;

/** Hop-by-hop headers and what the platform sets itself. */
const REFUSED = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const CREDENTIAL = /auth|key|token|secret|passw|cookie|credential|signature|session/i;
const MASK = '••••';
/** Shorter values would show too much of themselves in their last four characters. */
const MIN_LENGTH_TO_SHOW_END = 16;

/** @returns the rule that the headers break, to follow the field's name; a header's value is never repeated */
export function brokenHeaderRule(headers: Record<string, string>): string | undefined {
  const entries = Object.entries(headers);
  if (entries.length > MAX_HEADERS) return `must be at most ${MAX_HEADERS}`;
  if (entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0) > MAX_TOTAL_LENGTH) {
    return `must have at most ${MAX_TOTAL_LENGTH} characters together`;
  }
  const seen = new Set<string>();
  for (const [name, value] of entries) {
    const rule = brokenRuleOf(name, value, seen);
    if (rule !== undefined) return `${JSON.stringify(name.slice(0, MAX_NAME_LENGTH))} ${rule}`;
    seen.add(name.toLowerCase());
  }
  return undefined;
}

function brokenRuleOf(name: string, value: string, seen: Set<string>): string | undefined {
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name) || name.length > MAX_NAME_LENGTH) return 'is not a header name';
  if (REFUSED.has(name.toLowerCase())) return 'is set by the platform or by the connection and must be left out';
  if (seen.has(name.toLowerCase())) return 'is given twice';
  if (value.length > MAX_VALUE_LENGTH) return `must have a value of at most ${MAX_VALUE_LENGTH} characters`;
  if (isMasked(name, value)) return undefined;
  if (!/^[\t\x20-\x7e]*$/.test(value)) return 'must have a value of visible ASCII characters';
  return undefined;
}

/** As answers show headers: what looks like a credential by its name keeps its last four characters at most. */
export function maskHeaders(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, mask(name, value)]));
}

/**
 * Headers as an update sends them, with masked values replaced by the stored ones. `stored` is empty when there are none
 * or when they belong to another origin, so that nobody can have a secret sent elsewhere that he only saw masked.
 * @returns the headers, or the rule that one breaks
 */
export function unmaskHeaders(
  headers: Record<string, string>,
  stored: Record<string, string>,
): { headers: Record<string, string> } | { rule: string } {
  const storedByName = new Map(Object.entries(stored).map(([name, value]) => [name.toLowerCase(), value]));
  const unmasked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!isMasked(name, value)) {
      unmasked[name] = value;
      continue;
    }
    const known = storedByName.get(name.toLowerCase());
    if (known === undefined || mask(name, known) !== value) {
      return {
        rule: `${JSON.stringify(name)} is masked and no such value is stored for this host: send the value itself`,
      };
    }
    unmasked[name] = known;
  }
  return { headers: unmasked };
}

function mask(name: string, value: string): string {
  if (!CREDENTIAL.test(name)) return value;
  return MASK + (value.length >= MIN_LENGTH_TO_SHOW_END ? value.slice(-4) : '');
}

function isMasked(name: string, value: string): boolean {
  return CREDENTIAL.test(name) && /^••••[\t\x20-\x7e]{0,4}$/.test(value);
}
