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

/** With a key of its own. */
export async function openApi(release: ReleaseName): Promise<RestClient> {
  const url = `http://${await addressOf(release, 'api')}:3000`;
  return new RestClient(url, { 'x-api-key': await createFirstKey(release.namespace, release.fullname, url) });
}

async function addressOf({ namespace, fullname }: ReleaseName, service: string): Promise<string> {
  const args = ['get', 'service', `${fullname}-${service}`, '-o', 'jsonpath={.spec.clusterIP}'];
  return (await kubectl(['-n', namespace, ...args])).trim();
}

export async function startClusterRig(release: ReleaseName): Promise<CallRig> {
  const streamUrl = `ws://${await addressOf(release, 'voice-gateway')}:4001/stream`;
  const api = await openApi(release);
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
