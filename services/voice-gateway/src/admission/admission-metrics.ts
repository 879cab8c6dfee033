/** What autoscaling and operators look at, computed when it is asked for. */
import { Inject, Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { Admission } from './admission.js';
import { EventLoopLag } from './event-loop-lag.js';
import { UNSTARTED_KINDS, UnstartedSockets } from './unstarted-sockets.js';

const QUANTILES = [0.5, 0.9, 0.99];

@Injectable()
export class AdmissionMetrics {
  constructor(
    @Inject(Registry) registry: Registry,
    @Inject(Admission) admission: Admission,
    @Inject(EventLoopLag) lag: EventLoopLag,
    @Inject(UnstartedSockets) sockets: UnstartedSockets,
  ) {
    const named = (name: string, help: string) => ({ name: `orbisvoice_gateway_${name}`, help, registers: [] });
    const { maxCalls, softMaxCalls } = admission.limits;
    const capacity = new Gauge(named('calls_capacity', 'Calls that this gateway takes at most'));
    const softCapacity = new Gauge(named('calls_soft_capacity', 'Calls from which on there should be more gateways'));
    capacity.set(maxCalls);
    softCapacity.set(softMaxCalls);
    const load = new Gauge({
      ...named('load_ratio', 'Share of the calls or of the event loop lag allowed, the larger; 1: no more are taken'),
      collect() {
        this.set(admission.loadRatio);
      },
    });
    const lagSeconds = new Gauge({
      ...named('event_loop_lag_seconds', 'How late the event loop was in the last 5 to 10 s'),
      labelNames: ['quantile'],
      collect() {
        for (const quantile of QUANTILES) this.set({ quantile }, lag.quantileMs(quantile) / 1000);
      },
    });
    const unstarted = new Gauge({
      ...named('ws_unstarted', "Clients' WebSockets that are no call's yet: for a new call, or to come back to one"),
      labelNames: ['kind'],
      collect() {
        for (const kind of UNSTARTED_KINDS) this.set({ kind }, sockets.count(kind));
      },
    });
    for (const gauge of [capacity, softCapacity, load, lagSeconds, unstarted]) registry.registerMetric(gauge);
  }
}
