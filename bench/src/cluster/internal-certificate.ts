/** A certificate for TLS between services, as a platform team brings its own: an authority, and what it has signed. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubectl, run } from './run-command.js';
import type { Release } from './release.js';

const SECRET = 'orbisvoice-proof-tls';
const DAYS = 2;
/** Those that others connect to. */
const PARTS = ['accounts', 'agents', 'tools', 'transcripts', 'pgbouncer'];

/** Puts the Secret into the release's namespace, and returns the values that use it. */
export async function provideCertificate(release: Release): Promise<string[]> {
  const { namespace } = release;
  const folder = await mkdtemp(join(tmpdir(), 'orbisvoice-tls-'));
  const openssl = async (command: string) => await run('openssl', command.split(' '), { cwd: folder });
  const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
  try {
    const hosts = PARTS.map((part) => `${release.nameOf(part)}.${namespace}`);
    const names = ['localhost', ...hosts].map((name) => `DNS:${name}`).join(',');
    await writeFile(join(folder, 'names'), `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`);
    await openssl(`req -x509 ${newKey} -days ${DAYS} -subj /CN=proof -keyout ca.key -out ca.crt`);
    await openssl(`req ${newKey} -subj /CN=orbisvoice -keyout tls.key -out tls.csr`);
    const authority = '-CA ca.crt -CAkey ca.key -CAcreateserial';
    await openssl(`x509 -req -in tls.csr ${authority} -days ${DAYS} -extfile names -out tls.crt`);
    const files = await Promise.all(
      ['tls.crt', 'tls.key', 'ca.crt'].map(async (name) => [name, await readFile(join(folder, name), 'base64')]),
    );
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: SECRET, namespace },
      data: Object.fromEntries(files),
    };
    await kubectl(['apply', '-f', '-'], { input: JSON.stringify(secret) });
  } finally {
    await rm(folder, { recursive: true });
  }
  return ['internalTls.enabled=true', `internalTls.existingSecret=${SECRET}`];
}
