import { describe, expect, it } from '@jest/globals';
import { parseAllowList } from './allow-list.js';
import { DEFAULT_OUTBOUND_PORTS } from './outbound-config.js';
import { OutboundPolicy } from './outbound-policy.js';

function policy(allow = '', ports = DEFAULT_OUTBOUND_PORTS): OutboundPolicy {
  return new OutboundPolicy({ allow: parseAllowList(allow), ports });
}

function checkUrl(url: string, allow = ''): void {
  policy(allow).checkUrl(new URL(url));
}

describe('URLs that outbound requests may go to', () => {
  it.each(['http://example.com/', 'https://example.com/a?b=c', 'https://example.com:8443/', 'http://1.1.1.1:8080/'])(
    'lets %s pass',
    (url) => {
      expect(() => checkUrl(url)).not.toThrow();
    },
  );

  it.each(['ftp://example.com/', 'file:///etc/passwd', 'gopher://example.com/', 'data:text/plain,x'])(
    'refuses the scheme of %s',
    (url) => {
      expect(() => checkUrl(url)).toThrow('Only http and https');
    },
  );

  it.each(['http://user@example.com/', 'http://user:secret@example.com/', 'http://:secret@example.com/'])(
    'refuses the credentials in %s',
    (url) => {
      expect(() => checkUrl(url)).toThrow('user name or a password');
    },
  );

  it.each(['http://example.com:22/', 'http://example.com:6379/', 'https://example.com:5432/'])(
    'refuses the port of %s',
    (url) => {
      expect(() => checkUrl(url)).toThrow('Port');
    },
  );

  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0x7f.0.0.1/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://2130706433/',
    'http://127.0.0.1./',
    'http://0/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[0:0:0:0:0:ffff:a00:1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://①②⑦.⓪.⓪.①/',
    'http://169.254.169.254/latest/meta-data/',
    'http://localhost/',
    'http://LOCALHOST./',
    'http://app.localhost/',
  ])('refuses %s without asking a name server', (url) => {
    expect(() => checkUrl(url)).toThrow('private or reserved address');
  });

  it('never names the address in its sentence', () => {
    let message = '';
    try {
      policy().checkAddress('rebind.example', 80, '10.20.30.40');
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain('private or reserved');
    expect(message).not.toContain('10.20');
  });
});

describe('what the operator opens', () => {
  it('opens host:port on that port only, although the port is not a usual one', () => {
    expect(() => checkUrl('http://127.0.0.1:4321/', '127.0.0.1:4321')).not.toThrow();
    expect(() => checkUrl('http://127.0.0.1:4322/', '127.0.0.1:4321')).toThrow('Port 4322');
    expect(() => checkUrl('http://127.0.0.1:8080/', '127.0.0.1:4321')).toThrow('private or reserved');
  });

  it('opens a host on the usual ports only', () => {
    expect(() => checkUrl('http://localhost:8080/', 'localhost')).not.toThrow();
    expect(() => checkUrl('http://localhost:5432/', 'localhost')).toThrow('Port 5432');
  });

  it('compares hosts without regard to case, brackets and a final dot', () => {
    expect(() => checkUrl('http://crm.internal./', 'CRM.internal')).not.toThrow();
    expect(() => policy('CRM.internal').checkAddress('crm.internal.', 80, '10.0.0.1')).not.toThrow();
    expect(() => checkUrl('http://[::1]:9000/', '[::1]:9000')).not.toThrow();
  });

  it('opens a network for every name that leads there, but not its neighbours', () => {
    const opened = policy('10.1.0.0/16, fd12::/32');
    expect(() => opened.checkAddress('crm.example', 80, '10.1.2.3')).not.toThrow();
    expect(() => opened.checkAddress('crm.example', 80, 'fd12::5')).not.toThrow();
    expect(() => opened.checkAddress('crm.example', 80, '10.2.0.1')).toThrow('private or reserved');
    expect(() => opened.checkAddress('crm.example', 80, '::ffff:10.1.2.3')).toThrow('private or reserved');
  });

  it('keeps metadata services closed to a name that was opened', () => {
    expect(() => policy('crm.example').checkAddress('crm.example', 80, '10.0.0.1')).not.toThrow();
    expect(() => policy('crm.example').checkAddress('crm.example', 80, '169.254.169.254')).toThrow();
    expect(() => policy('crm.example').checkAddress('crm.example', 80, '168.63.129.16')).toThrow();
  });

  it('does not open other names', () => {
    expect(() => policy('crm.example').checkAddress('evil.crm.example', 80, '10.0.0.1')).toThrow();
  });

  it.each(['10.0.0.0/64', 'user@host', 'host:99999', 'host:0', 'http://host/path', 'a b'])(
    'refuses the entry %s',
    (entry) => {
      expect(() => parseAllowList(entry)).toThrow(entry);
    },
  );
});
