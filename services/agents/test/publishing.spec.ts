/** What a gateway says of an agent's model and voice before it is published. */
import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ModelCheckOutcome, type ModelCheck } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import {
  GatewayServiceService,
  type CheckModelRequest,
  type CheckModelResponse,
} from '@orbisvoice/proto/orbisvoice/gateway/v1/gateway';
import { config, member, startAgents, type AgentsUnderTest } from './agents-under-test.js';

const ACCEPTED: ModelCheck = { outcome: ModelCheckOutcome.MODEL_CHECK_OUTCOME_ACCEPTED, detail: '', field: '' };
const refused = (field: string): ModelCheck => ({
  outcome: ModelCheckOutcome.MODEL_CHECK_OUTCOME_REFUSED,
  detail: 'closed with 1007 not here',
  field,
});

let agents: AgentsUnderTest;
let gateway: Server;
let asked: CheckModelRequest[] = [];
let answer: (request: CheckModelRequest) => Promise<ModelCheck>;

beforeAll(async () => {
  gateway = new Server();
  gateway.addService(GatewayServiceService, {
    checkModel: (
      call: ServerUnaryCall<CheckModelRequest, CheckModelResponse>,
      callback: sendUnaryData<CheckModelResponse>,
    ) => {
      asked.push(call.request);
      void answer(call.request).then((check) => callback(null, { check }));
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    gateway.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  agents = await startAgents({ VOICE_GATEWAY_ADDRESS: `127.0.0.1:${port}` });
}, 60_000);
afterAll(async () => {
  await agents?.stop();
  gateway.forceShutdown();
});
beforeEach(() => {
  asked = [];
  answer = async () => ACCEPTED;
});

async function draft() {
  const caller = member();
  const request = { name: 'Mia', config: config({ model: 'gemini-9', voice: 'Puck' }) };
  const { agent } = await agents.client.createAgent(request, caller);
  return { caller, id: agent!.id };
}

describe('publishing an agent', () => {
  it('tries its model and voice first', async () => {
    const { caller, id } = await draft();
    const published = await agents.client.publishAgent({ id }, caller);
    expect(asked).toEqual([{ model: 'gemini-9', voice: 'Puck' }]);
    expect(published).toMatchObject({ agent: { publishedVersion: 1 }, modelCheck: ACCEPTED });
  });

  it.each(['model', 'voice'])('is refused with the words of the provider when it refuses the %s', async (field) => {
    answer = async () => refused(field);
    const { caller, id } = await draft();
    await expect(agents.client.publishAgent({ id }, caller)).rejects.toMatchObject({
      kind: 'invalid_argument',
      violations: [{ field: `config.${field}`, message: expect.stringContaining('closed with 1007 not here') }],
    });
    expect((await agents.client.getAgent({ id }, caller)).agent).toMatchObject({
      publishedVersion: 0,
      draftVersion: 1,
    });
  });

  it("goes on and tells when the platform's key is refused, which is no fault of the agent", async () => {
    answer = async () => refused('');
    const { caller, id } = await draft();
    expect(await agents.client.publishAgent({ id }, caller)).toMatchObject({
      agent: { publishedVersion: 1 },
      modelCheck: refused(''),
    });
  });

  it('goes on and tells in bounded time when nobody answers', async () => {
    answer = () => new Promise(() => undefined);
    const { caller, id } = await draft();
    const startedAt = performance.now();
    expect(await agents.client.publishAgent({ id }, caller)).toMatchObject({
      agent: { publishedVersion: 1 },
      modelCheck: { outcome: ModelCheckOutcome.MODEL_CHECK_OUTCOME_UNREACHABLE, detail: expect.stringMatching(/\w/) },
    });
    expect(performance.now() - startedAt).toBeLessThan(4_900);
  });

  it('publishes nothing that was not tried: a draft that changes meanwhile is a conflict', async () => {
    const { caller, id } = await draft();
    answer = async () => {
      const change = { id, name: undefined, config: config({ voice: 'Banana' }), expectedRevision: undefined };
      await agents.client.updateAgent(change, caller);
      return ACCEPTED;
    };
    await expect(agents.client.publishAgent({ id }, caller)).rejects.toMatchObject({ kind: 'conflict' });
    expect((await agents.client.getAgent({ id }, caller)).agent).toMatchObject({ publishedVersion: 0 });
  });
});
