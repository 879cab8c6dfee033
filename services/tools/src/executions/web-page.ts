/** Pages for people, where data was expected: their words may still say what went wrong. */

const MAX_READ_CHARACTERS = 64 * 1024;
const UNSEEN = ['script', 'style', 'template', 'noscript', 'svg', 'head'];
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', '#39': "'" };

/** A whole document. A bare "sunny", or a line with a tag in it, is an answer. */
export function isWebPage(text: string): boolean {
  return /^(<\?xml[^>]{0,200}\?>\s*)?(<!--[^>]{0,1000}-->\s*)*<(!doctype\s+html|html[\s>]|head[\s>]|body[\s>])/i.test(
    text,
  );
}

/** What a reader of the page sees first, its title included, on one line. Takes time in proportion to the page. */
export function textOfPage(html: string): string {
  const page = html.slice(0, MAX_READ_CHARACTERS);
  const title = /<title[^>]{0,200}>([^<]{0,500})/i.exec(page)?.[1] ?? '';
  const parts = [title, '\n'];
  const lower = page.toLowerCase();
  let at = 0;
  while (at < page.length) {
    const open = page.indexOf('<', at);
    parts.push(page.slice(at, open < 0 ? undefined : open), ' ');
    if (open < 0) break;
    const end = endOfTag(lower, open);
    if (end < 0) break;
    at = end;
  }
  return unescape(parts.join('')).replaceAll(/\s+/g, ' ').trim();
}

/** The index after the tag, or after the whole element when nobody sees what is in it; -1 when it never ends. */
function endOfTag(lower: string, open: number): number {
  if (lower.startsWith('<!--', open)) return after(lower, '-->', open);
  const name = UNSEEN.find(
    (tag) => lower.startsWith(tag, open + 1) && !/[a-z0-9]/.test(lower[open + 1 + tag.length] ?? ''),
  );
  return after(lower, '>', name === undefined ? open : lower.indexOf(`</${name}`, open));
}

function after(text: string, mark: string, from: number): number {
  const found = from < 0 ? -1 : text.indexOf(mark, from);
  return found < 0 ? -1 : found + mark.length;
}

function unescape(text: string): string {
  return text.replaceAll(/&(#?\w{1,8});/g, (whole, name: string) => ENTITIES[name.toLowerCase()] ?? whole);
}
