/** The gate of the public gRPC door, as http/admission.ts is REST's. */
import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { Inject, Injectable } from '@nestjs/common';
import { addressOfPeer, clientAddress, trustedProxies, type TrustsProxy } from '@orbisvoice/service-kit/client-address';
import { API_CONFIG } from '../api-config.token.js';
import { CredentialGate } from '../auth/credential-gate.js';
import { readCredential, type Credential } from '../auth/credential.js';
import type { Identity } from '../auth/identity.js';
import type { ApiConfig } from '../config.js';

@Injectable()
export class RpcAdmission {
  private readonly trusts: TrustsProxy;

  constructor(
    @Inject(API_CONFIG) config: ApiConfig,
    @Inject(CredentialGate) private readonly gate: CredentialGate,
  ) {
    this.trusts = trustedProxies(config.trustedProxies);
  }

  /** `trailer` gets what the client is told of its limits. @throws DomainError `unauthenticated`, `resource_exhausted` */
  async admit(call: ServerUnaryCall<unknown, unknown>, requestId: string, trailer: Metadata): Promise<Identity> {
    const forwardedFor = textOf(call.metadata, 'x-forwarded-for');
    const ip = clientAddress(addressOfPeer(call.getPeer()), forwardedFor, this.trusts);
    return await this.gate.admit({
      credential: credentialOf(call.metadata),
      request: { id: requestId, ip, routeOptions: {} },
      tell: (name, value) => trailer.set(name, value),
      needed: 'This needs an API key, as metadata "x-api-key".',
    });
  }
}

/** An API key: a console's cookie is nothing that a gRPC client has. */
function credentialOf(metadata: Metadata): Credential | undefined {
  return readCredential({
    'x-api-key': textOf(metadata, 'x-api-key'),
    authorization: textOf(metadata, 'authorization'),
  });
}

/** A key that was sent several times counts as one list. */
function textOf(metadata: Metadata, key: string): string | undefined {
  const values = metadata.get(key);
  return values.length === 0 ? undefined : values.join(', ');
}
