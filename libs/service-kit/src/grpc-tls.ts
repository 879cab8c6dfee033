/**
 * TLS between services, from PEM files that are read again when they change, so that a renewed certificate needs no restart. One
 * certificate serves for both ends: a server that has a CA takes only clients with a certificate from it.
 */
import { access, constants } from 'node:fs/promises';
import { credentials, experimental, ServerCredentials, type ChannelCredentials } from '@grpc/grpc-js';

export interface GrpcTlsFiles {
  /** The certificate's chain, and its key. Without them this end shows none. */
  certFile?: string | undefined;
  keyFile?: string | undefined;
  /** Whom this end trusts. */
  caFile?: string | undefined;
}

const REREAD_INTERVAL_MS = 10_000;

/** A sentence for each variable that is wrong: nobody would answer, or wait for a file for ever. */
export async function tlsProblems(tls: GrpcTlsFiles | undefined): Promise<string[]> {
  if (!tls) return [];
  if ((tls.certFile === undefined) !== (tls.keyFile === undefined))
    return ['GRPC_TLS_CERT_FILE and GRPC_TLS_KEY_FILE belong together: set both or none.'];
  const files = { GRPC_TLS_CERT_FILE: tls.certFile, GRPC_TLS_KEY_FILE: tls.keyFile, GRPC_TLS_CA_FILE: tls.caFile };
  const problems: string[] = [];
  for (const [variable, file] of Object.entries(files)) {
    if (file === undefined) continue;
    await access(file, constants.R_OK).catch(() =>
      problems.push(`${variable}: must name a file that this process can read.`),
    );
  }
  return problems;
}

/** Undefined `tls`, or one without a certificate: plain text. */
export function serverCredentials(tls: GrpcTlsFiles | undefined): ServerCredentials {
  if (tls?.certFile === undefined) return ServerCredentials.createInsecure();
  const provider = watch(tls);
  const checksClients = tls.caFile !== undefined;
  return experimental.createCertificateProviderServerCredentials(
    provider,
    checksClients ? provider : null,
    checksClients,
  );
}

/** Undefined `tls`, or one without a CA: plain text. A server's certificate must be from the CA, for the host name in the address. */
export function clientCredentials(tls: GrpcTlsFiles | undefined): ChannelCredentials {
  if (tls?.caFile === undefined) return credentials.createInsecure();
  const provider = watch(tls);
  return experimental.createCertificateProviderChannelCredentials(
    provider,
    tls.certFile === undefined ? null : provider,
  );
}

function watch({ certFile, keyFile, caFile }: GrpcTlsFiles): experimental.FileWatcherCertificateProvider {
  return new experimental.FileWatcherCertificateProvider({
    certificateFile: certFile,
    privateKeyFile: keyFile,
    caCertificateFile: caFile,
    refreshIntervalMs: REREAD_INTERVAL_MS,
  });
}
