/** A provider whose connections are counted: how many are open, and how the attempts to open one end. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { ProviderFailure, ProviderListener, ProviderSession, RealtimeProvider, SessionSetup } from './provider.js';

type ConnectResult = 'ready' | 'abandoned' | ProviderFailure['kind'];
const RESULTS: ConnectResult[] = ['ready', 'abandoned', 'refused', 'timeout', 'lost'];

export class MeteredProvider implements RealtimeProvider {
  private readonly active: Gauge;
  private readonly connects: Counter<'result'>;

  constructor(
    private readonly provider: RealtimeProvider,
    registry: Registry,
  ) {
    const named = (name: string, help: string) => ({
      name: `orbisvoice_gateway_provider_${name}`,
      help,
      registers: [registry],
    });
    this.active = new Gauge(named('connections_active', 'Provider connections that are set up now'));
    this.connects = new Counter({
      ...named('connects_total', 'Attempts to open a provider connection, by how they ended'),
      labelNames: ['result'],
    });
    for (const result of RESULTS) this.connects.inc({ result }, 0);
  }

  get name(): string {
    return this.provider.name;
  }

  get defaultModel(): string {
    return this.provider.defaultModel;
  }

  get simulated(): boolean {
    return this.provider.simulated;
  }

  open(setup: SessionSetup, listener: ProviderListener): ProviderSession {
    let phase: 'connecting' | 'ready' | 'over' = 'connecting';
    const ended = (result: ConnectResult) => {
      if (phase === 'ready') this.active.dec();
      else if (phase === 'connecting') this.connects.inc({ result });
      phase = 'over';
    };
    const session = this.provider.open(setup, {
      ...listener,
      ready: () => {
        phase = 'ready';
        this.connects.inc({ result: 'ready' });
        this.active.inc();
        listener.ready();
      },
      closed: (failure) => {
        ended(failure.kind);
        listener.closed(failure);
      },
    });
    // Not by a property of the session: it may close itself as well, before it tells that it has failed.
    return {
      sendAudio: (frame, offset) => session.sendAudio(frame, offset),
      sendText: (text) => session.sendText(text),
      sendNote: (text) => session.sendNote(text),
      sendToolResults: (results) => session.sendToolResults(results),
      silentForMs: () => session.silentForMs(),
      probe: () => session.probe(),
      close: () => {
        ended('abandoned');
        session.close();
      },
    };
  }
}
