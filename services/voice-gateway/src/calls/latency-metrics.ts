/** The latency ledgers of all calls as histograms. A turn's samples carry its trace as an exemplar, for readers of OpenMetrics. */
import { TracedHistogram } from '@orbisvoice/service-kit/telemetry/open-metrics';
import { Histogram, type Registry } from 'prom-client';
import type { TurnState } from './call-state.js';
import { timingsOf } from './latency-ledger.js';

const STAGE_BUCKETS_S = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10,
];
const STAGES = ['uplink', 'gateway_in', 'provider', 'gateway_out', 'playback'] as const;
type Stage = (typeof STAGES)[number];

export class LatencyMetrics {
  private readonly stages: TracedHistogram<'stage'>;
  private readonly response: TracedHistogram;
  private readonly relay: Histogram<'direction'>;
  private readonly interarrival: Histogram;

  constructor(registry: Registry) {
    const named = (name: string, help: string) => ({ name: `orbisvoice_gateway_${name}_seconds`, help });
    this.stages = new TracedHistogram(registry, {
      ...named('turn_latency', "Where the time between the caller's last sound and the answer's first one went"),
      labelNames: ['stage'],
      buckets: STAGE_BUCKETS_S,
    });
    this.response = new TracedHistogram(registry, {
      ...named('turn_response', "From the caller's last sound to the model's first audio"),
      buckets: [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10],
    });
    this.relay = new Histogram({
      registers: [registry],
      ...named('relay_latency', "A frame's way through this process; up: one a second and call, down: a turn's first"),
      labelNames: ['direction'],
      buckets: [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1],
    });
    this.interarrival = new Histogram({
      registers: [registry],
      ...named('audio_interarrival', "Time between two of a caller's frames, one a second and call"),
      buckets: [0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 3],
    });
    for (const stage of STAGES) this.stages.zero({ stage });
    for (const direction of ['up', 'down']) this.relay.zero({ direction });
  }

  uplinkSampled(interarrivalMs: number, gatewayInUs: number): void {
    this.interarrival.observe(interarrivalMs / 1e3);
    this.relay.observe({ direction: 'up' }, gatewayInUs / 1e6);
  }

  turnFinished(turn: TurnState, traceId: string | undefined): void {
    if (turn.role === 'user') return;
    const { uplinkMs, gatewayInUs, providerFirstAudioMs, gatewayOutUs, firstPlayedMs } = timingsOf(turn);
    const observe = (stage: Stage, seconds: number) => this.stages.observe({ stage }, seconds, traceId);
    if (uplinkMs !== undefined) observe('uplink', uplinkMs / 1e3);
    if (gatewayInUs !== undefined) observe('gateway_in', gatewayInUs / 1e6);
    if (gatewayOutUs !== undefined) observe('gateway_out', gatewayOutUs / 1e6);
    if (gatewayOutUs !== undefined) this.relay.observe({ direction: 'down' }, gatewayOutUs / 1e6);
    if (firstPlayedMs !== undefined) observe('playback', firstPlayedMs / 1e3);
    if (providerFirstAudioMs === undefined) return;
    observe('provider', providerFirstAudioMs / 1e3);
    this.response.observe({}, providerFirstAudioMs / 1e3, traceId);
  }
}
