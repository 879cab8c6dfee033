import { beforeEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { MeteredProvider } from './metered-provider.js';
import type { ProviderListener, ProviderSession, ProviderToolResult, RealtimeProvider } from './provider.js';

const SETUP = {} as Parameters<RealtimeProvider['open']>[0];

let registry: Registry;
let says: ProviderListener;
let told: string[];
let provider: MeteredProvider;

beforeEach(() => {
  registry = new Registry();
  told = [];
  const open = (_setup: unknown, listener: ProviderListener) => {
    says = listener;
    return new Session();
  };
  provider = new MeteredProvider({ name: 'p', defaultModel: 'm', simulated: true, open }, registry);
});

const listener = () =>
  ({
    ready: () => told.push('ready'),
    closed: ({ kind }) => told.push(kind),
    turnComplete: () => told.push('turnComplete'),
  }) as Partial<ProviderListener> as ProviderListener;

async function counts() {
  const values = async (name: string) =>
    (await registry.getSingleMetric(`orbisvoice_gateway_provider_${name}`)!.get()).values;
  const connects = await values('connects_total');
  return {
    active: (await values('connections_active'))[0]?.value,
    ...Object.fromEntries(
      connects.filter(({ value }) => value > 0).map(({ labels, value }) => [labels['result'], value]),
    ),
  };
}

class Session implements ProviderSession {
  sendAudio(frame: Buffer, offset: number): boolean {
    told.push(`${frame.length - offset} bytes`);
    return offset > 0;
  }
  sendText(text: string): void {
    told.push(text);
  }
  sendNote(text: string): boolean {
    return text === 'note';
  }
  sendToolResults(results: ProviderToolResult[]): void {
    told.push(...results.map(({ id }) => id));
  }
  silentForMs(): number {
    return 7;
  }
  probe(): void {
    told.push('probe');
  }
  close(): void {
    told.push('close');
  }
}

describe('connections to a provider are counted', () => {
  it('as ready until they are closed, by us or by the provider, once', async () => {
    const first = provider.open(SETUP, listener());
    says.ready();
    provider.open(SETUP, listener());
    says.ready();
    expect(await counts()).toEqual({ active: 2, ready: 2 });
    says.closed({ kind: 'lost', detail: '' });
    first.close();
    first.close();
    expect(await counts()).toEqual({ active: 0, ready: 2 });
    expect(told).toEqual(['ready', 'ready', 'lost', 'close', 'close']);
  });

  it.each(['refused', 'timeout', 'lost'] as const)('as %s when they never were', async (kind) => {
    const session = provider.open(SETUP, listener());
    says.closed({ kind, detail: '' });
    session.close();
    expect(await counts()).toEqual({ active: 0, [kind]: 1 });
  });

  it('as abandoned when nobody waited for them', async () => {
    provider.open(SETUP, listener()).close();
    expect(await counts()).toEqual({ active: 0, abandoned: 1 });
  });

  it('and pass everything on', () => {
    const session = provider.open(SETUP, listener());
    says.turnComplete();
    session.sendText('text');
    session.sendToolResults([{ id: 'call', name: 'tool', output: 1 }]);
    session.probe();
    const answers = [session.sendAudio(Buffer.alloc(3), 1), session.sendNote('note'), session.silentForMs()];
    expect(answers).toEqual([true, true, 7]);
    expect(told).toEqual(['turnComplete', 'text', 'call', 'probe', '2 bytes']);
    expect([provider.name, provider.defaultModel, provider.simulated]).toEqual(['p', 'm', true]);
  });
});
