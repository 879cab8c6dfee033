import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { contentSecurityPolicy, inlineScriptHashes } from './content-security-policy.js';

const hashOf = (code: string) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`;

describe('hashes of inline scripts', () => {
  it('covers every inline script exactly as it stands between the tags, each once', () => {
    const html = '<script>a()</script><p></p><script id="_R_">b("é\\n")\n</script><script>a()</script>';
    expect(inlineScriptHashes(html)).toEqual([hashOf('a()'), hashOf('b("é\\n")\n')]);
  });

  it('leaves out scripts that are files', () => {
    expect(
      inlineScriptHashes('<script src="/x.js" async=""></script><script noModule="" src="/y.js"></script>'),
    ).toEqual([]);
  });
});

describe('the policy of a page (S4-60)', () => {
  const policy = contentSecurityPolicy(["'sha256-abc'"], ['https://api.example.com', 'wss://voice.example.com']);

  it('allows scripts of this host and the hashed ones, and nothing unsafe', () => {
    expect(policy).toContain("script-src 'self' 'sha256-abc';");
    expect(policy).not.toContain('unsafe');
  });

  it('allows connections to the API and the voice gateway only', () => {
    expect(policy).toContain("connect-src 'self' https://api.example.com wss://voice.example.com;");
  });

  it('lets nobody put the page into a frame', () => {
    expect(policy).toContain("frame-ancestors 'none'");
  });
});
