const MAX_LENGTH = 300;

/**
 * A browser origin in the form that browsers send ("https://shop.example", no default port, punycode), or undefined when
 * the value is none. A single trailing slash is forgiven; a path, a query, a user or another scheme is not.
 */
export function normaliseOrigin(value: string): string | undefined {
  if (value.length > MAX_LENGTH || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  const onlyOrigin = url.pathname === '/' && !/[?#@]/.test(value);
  return onlyOrigin ? url.origin : undefined;
}
