import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GetConversationResponse } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { member, started, startTranscripts, turn, type TranscriptsUnderTest } from './transcripts-under-test.js';

/** What customers' gRPC clients take unless they are told otherwise. */
const DEFAULT_GRPC_BYTES = 4 * 1024 * 1024;
let transcripts: TranscriptsUnderTest;
beforeAll(async () => {
  transcripts = await startTranscripts();
}, 60_000);
afterAll(async () => await transcripts?.stop());

async function store(count: number, text: string) {
  const caller = member();
  const conversationId = randomUUID();
  await transcripts.client.appendEvents({ conversationId, events: [started()], fence: 0 }, caller);
  const texts = { generatedText: text, heardText: text };
  for (let first = 2; first < count + 2; first += 10) {
    const events = Array.from({ length: Math.min(10, count + 2 - first) }, (_, i) => turn(first + i, texts));
    await transcripts.client.appendEvents({ conversationId, events, fence: 0 }, caller);
  }
  return { caller, conversationId };
}

async function readAll({ caller, conversationId }: Awaited<ReturnType<typeof store>>, pageSize = 0) {
  const pages: GetConversationResponse[] = [];
  let pageToken = '';
  do {
    const page = await transcripts.client.getConversation({ id: conversationId, pageSize, pageToken }, caller);
    pages.push(page);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return { pages, sequences: pages.flatMap(({ turns }) => turns.map(({ sequence }) => sequence)) };
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 2);

describe('the turns of a conversation', () => {
  it('can all be read, however large, in pages that a gRPC client takes by default', async () => {
    const { pages, sequences } = await readAll(await store(80, 'ä'.repeat(50_000)));
    expect(sequences).toEqual(upTo(80));
    const bytes = pages.map((page) => GetConversationResponse.encode(page).finish().length);
    expect(Math.max(...bytes)).toBeLessThan(DEFAULT_GRPC_BYTES);
    expect(bytes.reduce((sum, page) => sum + page)).toBeGreaterThan(12 * 1024 * 1024);
  }, 60_000);

  it('come in pages of the size that was asked for, each once', async () => {
    const stored = await store(7, 'Hello');
    for (const [size, count] of [
      [1, 7],
      [3, 3],
      [7, 1],
      [1_000, 1],
    ] as const) {
      const { pages, sequences } = await readAll(stored, size);
      expect(pages).toHaveLength(count);
      expect(sequences).toEqual(upTo(7));
    }
  });

  it('are not read with a size or a token that was never given out', async () => {
    const { caller, conversationId: id } = await store(1, 'Hello');
    const get = async (page: object) => await transcripts.client.getConversation({ id, ...page }, caller);
    const refused = (field: string) => ({ kind: 'invalid_argument', violations: [expect.objectContaining({ field })] });
    await expect(get({ pageSize: 1_001 })).rejects.toMatchObject(refused('page_size'));
    for (const pageToken of ['x', 'WzEsMl0', Buffer.from('["turn",0]').toString('base64url'), 'y'.repeat(5_000)])
      await expect(get({ pageToken })).rejects.toMatchObject(refused('page_token'));
  });
});
