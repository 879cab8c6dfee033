/** The public gRPC door, as a customer's program asks it. */
import { promisify } from 'node:util';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import {
  TranscriptsServiceService,
  type GetConversationResponse,
} from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';

const DEADLINE_MS = 15_000;

/** @throws Error of gRPC, such as "16 UNAUTHENTICATED: …" */
export async function readConversation(
  address: string,
  apiKey: string,
  conversationId: string,
): Promise<GetConversationResponse> {
  const client = new Client(address, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = TranscriptsServiceService.getConversation;
  const metadata = new Metadata();
  metadata.set('x-api-key', apiKey);
  const ask = promisify<GetConversationResponse | undefined>((done) => {
    const request = { id: conversationId };
    const deadline = Date.now() + DEADLINE_MS;
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, { deadline }, done);
  });
  try {
    return (await ask())!;
  } finally {
    client.close();
  }
}
