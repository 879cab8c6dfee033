import { describe, expect, it } from '@jest/globals';
import { RefusedCredentialsError, refusedCredentials } from './refused-credentials.js';

const withCode = (message: string, code: string) => Object.assign(new Error(message), { code });

describe('refusedCredentials', () => {
  it.each([
    ['Postgres, a wrong password', withCode('password authentication failed for user "app"', '28P01')],
    ['Postgres, an unknown role', withCode('role "app" does not exist', '28000')],
    ['Postgres, no line in pg_hba.conf', withCode('no pg_hba.conf entry for host "10.0.0.1"', '28000')],
    ['PgBouncer, a wrong password', withCode('password authentication failed', '08P01')],
    [
      'PgBouncer, refused by Postgres behind it',
      withCode('server login has been failing, cached error: password authentication failed for user "app"', '08P01'),
    ],
    ['PgBouncer, an unknown role', withCode('no such user: app', '08P01')],
    ['pg, no password', new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string')],
    ['Redis, no password', new Error('NOAUTH Authentication required.')],
    ['Redis, a wrong password', new Error('WRONGPASS invalid username-password pair or user is disabled.')],
    ['Redis, a user with too few rights', new Error("NOPERM User orbisvoice has no permissions to run 'eval'")],
    [
      'a Sentinel',
      new Error(
        'All sentinels are unreachable. Last error: NOAUTH HELLO must be called with the client already authenticated',
      ),
    ],
    ['a cluster', Object.assign(new Error('Failed to refresh slots cache.'), { lastNodeError: new Error('NOAUTH x') })],
    ['NATS', new Error("'Authorization Violation'")],
    ['TypeORM', Object.assign(new Error('query failed'), { driverError: withCode('x', '28P01') })],
    ['an error with a cause', new Error('no connection', { cause: withCode('x', '28P01') })],
  ])('knows the refusal of %s', (_who, error) => {
    expect(refusedCredentials('It', 'THE_VARIABLE', error)).toBeInstanceOf(RefusedCredentialsError);
  });

  it.each([
    withCode('connect ECONNREFUSED 127.0.0.1:6379', 'ECONNREFUSED'),
    withCode('getaddrinfo ENOTFOUND redis', 'ENOTFOUND'),
    withCode('the database system is starting up', '57P03'),
    withCode('server login has been failing, try again later (server_login_retry)', '08P01'),
    new Error('Connection is closed.'),
    new Error("Stream isn't writeable and enableOfflineQueue options is false"),
    new Error('timeout exceeded when trying to connect'),
    withCode('permission denied for table notes', '42501'),
    undefined,
    'password authentication failed',
  ])('takes nothing else for one: %s', (error) => {
    expect(refusedCredentials('It', 'THE_VARIABLE', error)).toBeUndefined();
  });

  it('says which server, which variable and in whose words', () => {
    const error = new Error('WRONGPASS invalid username-password pair or user is disabled.');
    expect(refusedCredentials('Redis', 'REDIS_URL', error)!.message).toBe(
      'Redis refuses the credentials of REDIS_URL: WRONGPASS invalid username-password pair or user is disabled.',
    );
  });
});
