import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSelfSignedCertificate } from '@orbisvoice/simulator/server/self-signed-certificate';
import type { GrpcTlsFiles } from '../src/grpc-tls.js';
import { nameClient, startNamedService, type NamedService } from './named-service.js';

describe('TLS between services', () => {
  let folder: string;
  let service: NamedService;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orbisvoice-tls-'));
    await writeCertificate('current');
    await writeCertificate('foreign');
    for (const kind of ['key', 'crt']) await copyFile(file('current', kind), file('served', kind));
    await copyFile(file('current', 'crt'), file('ca', 'crt'));
    service = await startNamedService('secret', {
      GRPC_TLS_CERT_FILE: file('served', 'crt'),
      GRPC_TLS_KEY_FILE: file('served', 'key'),
      GRPC_TLS_CA_FILE: file('ca', 'crt'),
    });
  });
  afterAll(async () => {
    await service?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const file = (name: string, kind: string) => join(folder, `${name}.${kind}`);
  const writeCertificate = async (name: string) => {
    const { key, cert } = createSelfSignedCertificate();
    await writeFile(file(name, 'key'), key);
    await writeFile(file(name, 'crt'), cert);
  };
  const files = (identity: string | undefined, ca: string): GrpcTlsFiles => ({
    ...(identity === undefined ? {} : { certFile: file(identity, 'crt'), keyFile: file(identity, 'key') }),
    caFile: file(ca, 'crt'),
  });
  const ask = async (tls: GrpcTlsFiles | undefined) => {
    const client = nameClient(`localhost:${service.grpcPort}`, { tls });
    try {
      return await client.ask();
    } catch (error) {
      return (error as { kind: string }).kind;
    } finally {
      client.close();
    }
  };

  it('serves a client that shows a certificate of the CA', async () => {
    expect(await ask(files('current', 'current'))).toBe('secret');
  });

  it('serves nobody else: no certificate, a foreign one, plain text', async () => {
    for (const tls of [files(undefined, 'current'), files('foreign', 'current'), undefined])
      expect(await ask(tls)).not.toBe('secret');
  });

  it('is not believed by a client that trusts another CA', async () => {
    expect(await ask(files('current', 'foreign'))).toBe('unavailable');
  });

  it('takes renewed files without a restart', async () => {
    await writeCertificate('renewed');
    for (const kind of ['key', 'crt']) await copyFile(file('renewed', kind), file('served', kind));
    await copyFile(file('renewed', 'crt'), file('ca', 'crt'));
    let answer = '';
    for (let tries = 0; tries < 60 && answer !== 'secret'; tries++) {
      await sleep(250);
      answer = await ask(files('renewed', 'renewed'));
    }
    expect(answer).toBe('secret');
    expect(await ask(files('current', 'current'))).not.toBe('secret');
  }, 40_000);

  it('refuses to start with half of what it needs', async () => {
    await expect(startNamedService('half', { GRPC_TLS_CERT_FILE: file('served', 'crt') })).rejects.toThrow(
      'GRPC_TLS_CERT_FILE and GRPC_TLS_KEY_FILE belong together: set both or none.',
    );
    await expect(startNamedService('none', { GRPC_TLS_CA_FILE: file('absent', 'crt') })).rejects.toThrow(
      'GRPC_TLS_CA_FILE: must name a file that this process can read.',
    );
  });
});
