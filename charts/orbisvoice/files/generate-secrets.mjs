// Makes the credentials of an installation that nobody has given, once: what is in the Secret stays, now and at every upgrade.
// Runs in the cluster with a service account that may read and patch this one Secret and create Secrets in its namespace.
// SECRET_NAME, NAMESPACE; KEYS: names separated by commas; LABELS: JSON object.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

// Process 1 is not ended by a signal that nobody handles.
process.once('SIGTERM', () => process.exit(143));

const ACCOUNT = process.env.SERVICE_ACCOUNT_FOLDER ?? '/var/run/secrets/kubernetes.io/serviceaccount';
const TIMEOUT_MS = 10_000;
const ATTEMPTS = 5;

const { SECRET_NAME, NAMESPACE, KEYS = '', LABELS = '{}' } = process.env;
const secretsPath = `/api/v1/namespaces/${NAMESPACE}/secrets`;

await retrying(async () => {
  const found = await call('GET', `${secretsPath}/${SECRET_NAME}`);
  const missing = KEYS.split(',').filter((key) => key !== '' && !found?.data?.[key]);
  if (missing.length === 0) return console.log(`${SECRET_NAME}: nothing to make`);
  const stringData = Object.fromEntries(missing.map((key) => [key, newSecret()]));
  if (found) {
    // The version makes two Jobs at once safe: the second is refused and looks again.
    const { resourceVersion } = found.metadata;
    await call('PATCH', `${secretsPath}/${SECRET_NAME}`, { metadata: { resourceVersion }, stringData });
  } else {
    const metadata = { name: SECRET_NAME, labels: JSON.parse(LABELS) };
    await call('POST', secretsPath, { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', stringData });
  }
  console.log(`${SECRET_NAME}: made ${missing.join(', ')}`);
});

/** 48 characters that may stand in URLs, of which the first is a letter. */
function newSecret() {
  return `s${randomBytes(36).toString('base64url').slice(1)}`;
}

async function retrying(work) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      console.error(`attempt ${attempt}: ${error.message}`);
      if (attempt === ATTEMPTS) process.exit(1);
      await new Promise((resolve) => setTimeout(resolve, 1_000 * attempt));
    }
  }
}

/** The answer's body; undefined for what is not there. */
async function call(method, path, body) {
  const { status, text } = await send(method, path, body);
  if (status === 404 && method === 'GET') return undefined;
  const answer = JSON.parse(text);
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${answer.message}`);
  return answer;
}

function send(method, path, body) {
  const options = {
    method,
    path,
    host: process.env.KUBERNETES_SERVICE_HOST,
    port: process.env.KUBERNETES_SERVICE_PORT,
    servername: 'kubernetes.default.svc',
    ca: readFileSync(`${ACCOUNT}/ca.crt`),
    timeout: TIMEOUT_MS,
    headers: {
      authorization: `Bearer ${readFileSync(`${ACCOUNT}/token`, 'utf8').trim()}`,
      'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    },
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, text }));
      response.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
