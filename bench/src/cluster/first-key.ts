/** A first API key, the way that the chart's notes describe: a sign-in link from beside `accounts`, spent at the API. */
import { kubectl } from './run-command.js';
import { RestClient } from './rest-client.js';

/** Where the console is said to be; the API trusts it by default in a release without a domain. */
const CONSOLE = 'http://localhost:3001';
const LINK = ['node', 'service/dist/operator/sign-in-link.js', '--console', CONSOLE, '--organization', 'proof'];

export async function createFirstKey(namespace: string, fullname: string, apiUrl: string): Promise<string> {
  const link = await kubectl(['-n', namespace, 'exec', `deploy/${fullname}-accounts`, '--', ...LINK]);
  const token = new URLSearchParams(new URL(link.trim()).hash.slice(1)).get('token');
  const visitor = new RestClient(apiUrl, { origin: CONSOLE });
  const signedIn = await visitor.respond('POST', '/auth/sign-in-links/redeem', { token });
  const cookie = signedIn.headers.getSetCookie().map((line) => line.split(';')[0]!);
  const person = new RestClient(apiUrl, { origin: CONSOLE, cookie: cookie.join('; ') });
  const { secret } = await person.send<{ secret: string }>('POST', '/v1/api-keys', { name: 'Proof' });
  return secret;
}
