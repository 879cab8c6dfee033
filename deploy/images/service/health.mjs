// Health check without curl: node health.mjs [URL]. Status 0 when the answer is 2xx, 1 otherwise. Without a URL, readiness of the
// service in this container.
import { readFileSync } from 'node:fs';

const TIMEOUT_MS = 4_000;
const { name } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const prefix = name.replace('orbisvoice-', '').replaceAll('-', '_').toUpperCase();
const port = process.env[`${prefix}_METRICS_PORT`] || process.env.METRICS_PORT || 9464;
const url = process.argv[2] ?? `http://127.0.0.1:${port}/readyz`;

try {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const body = await response.text();
  console.log(`${response.status} ${body.slice(0, 500)}`);
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  console.log(`${url}: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
