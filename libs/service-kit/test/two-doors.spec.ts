import { Client, credentials, status, type ServiceError } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AgentsServiceService } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { nameClient, startNamedService, type NamedService } from './named-service.js';

/** Nest gives the guards of a second door no place once it thinks that everything is registered. */
describe('the gRPC door of a service that has an HTTP door too', () => {
  let service: NamedService;

  afterEach(() => service.stop());

  it('refuses a call without a signed context, and answers one with it', async () => {
    service = await startNamedService('both');
    const address = `127.0.0.1:${service.grpcPort}`;
    expect((await askWithoutContext(address)).code).toBe(status.UNAUTHENTICATED);
    const client = nameClient(address);
    expect(await client.ask()).toBe('both');
    client.close();
  });
});

function askWithoutContext(address: string): Promise<ServiceError> {
  const client = new Client(address, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = AgentsServiceService.getAgent;
  return new Promise<ServiceError>((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { id: 'x' }, (error) =>
      error ? resolve(error) : reject(new Error('it answered')),
    );
  }).finally(() => client.close());
}
