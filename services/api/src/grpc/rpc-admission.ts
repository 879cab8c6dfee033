/** The gate of the public gRPC door, as http/admission.ts is REST's: the same credentials, the same limits, counted together. */
import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { compile } from '@fastify/proxy-addr';
import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { API_CONFIG } from '../api-config.token.js';
import { Authenticator } from '../auth/authenticator.js';
import { readCredential, type Credential } from '../auth/credential.js';
import { setIdentity, type Identity } from '../auth/identity.js';
import type { ApiConfig } from '../config.js';
import { RateLimits, type LimitedRequest } from '../limits/rate-limits.js';
import { clientAddress } from './client-address.js';

@Injectable()
export class RpcAdmission {
  private readonly trusts: (address: string, hop: number) => boolean;

  constructor(
    @Inject(API_CONFIG) config: ApiConfig,
    @Inject(Authenticator) private readonly authenticator: Authenticator,
    @Inject(RateLimits) private readonly limits: RateLimits,
  ) {
    this.trusts = compile(config.trustedProxies);
  }

  /** `trailer` gets what the client is told of its limits. @throws DomainError `unauthenticated`, `resource_exhausted` */
  async admit(call: ServerUnaryCall<unknown, unknown>, requestId: string, trailer: Metadata): Promise<Identity> {
    const tell = (name: string, value: string) => trailer.set(name, value);
    const forwardedFor = textOf(call.metadata, 'x-forwarded-for');
    const ip = clientAddress(call.getPeer(), forwardedFor, this.trusts);
    const request: LimitedRequest = { id: requestId, ip, routeOptions: {} };
    const credential = credentialOf(call.metadata);
    if (!credential || !this.authenticator.knows(credential)) await this.limits.count('address', request, tell);
    if (!credential) throw new DomainError('unauthenticated', 'This needs an API key, as metadata "x-api-key".');
    const identity = await this.authenticator.authenticate(credential);
    setIdentity(request, identity);
    await this.limits.count('credential', request, tell);
    return identity;
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
