import { describe, expect, it } from '@jest/globals';
import type { Api } from '../lib/api.js';
import { CallSession } from './call-session.js';

function sessionWith(createCallToken: () => Promise<unknown>): CallSession {
  const api = { createCallToken } as unknown as Api;
  const config = { apiUrl: 'http://api.example' };
  return new CallSession({ api, config, organizationId: 'organization', agentId: 'agent', draft: false });
}

describe('CallSession', () => {
  it('starts one call, however often it is asked to before that has begun', async () => {
    let asked = 0;
    const token = Promise.withResolvers<unknown>();
    const session = sessionWith(() => (asked++, token.promise));
    const starts = [session.start(true), session.start(true), session.start(false)];
    expect(asked).toBe(1);
    token.reject(new Error('no'));
    await Promise.all(starts);
    expect(session.snapshot().view).toMatchObject({ phase: 'ended', ended: { error: { message: 'no' } } });
  });

  it('that is hung up while it waits for its token never begins', async () => {
    const token = Promise.withResolvers<unknown>();
    const session = sessionWith(() => token.promise);
    const start = session.start(true);
    session.hangUp();
    token.resolve({ token: 'token', url: 'ws://gateway.example/stream' });
    await start;
    expect(session.snapshot().view).toMatchObject({ phase: 'ended', ended: { error: { kind: 'cancelled' } } });
  });
});
