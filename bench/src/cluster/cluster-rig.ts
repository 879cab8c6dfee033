/** Callers of a release, who come in at the doors that customers use: REST, WebSocket, an API key. */
import { WatchedCall, type CallRig } from '../load/watched-call.js';
import { createFirstKey } from './first-key.js';
import { kubectl } from './run-command.js';
import { RestClient } from './rest-client.js';

interface StoredConversation {
  endedAt: string | null;
  turns: { generatedText: string }[];
}

export interface ReleaseName {
  namespace: string;
  /** What the names of its objects start with. */
  fullname: string;
}

export async function startClusterRig({ namespace, fullname }: ReleaseName): Promise<CallRig> {
  const address = async (service: string) =>
    (
      await kubectl(['-n', namespace, 'get', 'service', `${fullname}-${service}`, '-o', 'jsonpath={.spec.clusterIP}'])
    ).trim();
  const apiUrl = `http://${await address('api')}:3000`;
  const streamUrl = `ws://${await address('voice-gateway')}:4001/stream`;
  const api = new RestClient(apiUrl, { 'x-api-key': await createFirstKey(namespace, fullname, apiUrl) });
  const { id: agentId } = await api.send<{ id: string }>('POST', '/v1/agents', {
    name: 'Proof',
    config: { prompt: 'You are measured.', voice: 'ToneCode' },
  });
  await api.send('POST', `/v1/agents/${agentId}/publish`);
  const token = async () => (await api.send<{ token: string }>('POST', '/v1/call-tokens', { agentId })).token;
  return {
    newCall: () => new WatchedCall(streamUrl, token),
    stored: async (id) => {
      const { turns, endedAt } = await api.send<StoredConversation>('GET', `/v1/conversations/${id}`);
      return { texts: turns.map(({ generatedText }) => generatedText.trim()), ended: endedAt !== null };
    },
  };
}
