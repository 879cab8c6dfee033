import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { Simulator } from './create-simulator.js';
import type { SimulatorStats } from './stats.js';

const HELP: Record<keyof SimulatorStats, string> = {
  connectionsOpened: 'WebSockets accepted',
  connectionsRefused: 'WebSockets refused: wrong address, key or token, or too many',
  sessionsStarted: 'Setups answered',
  sessionsResumed: 'Setups answered that came with a valid resumption handle',
  turns: 'Turns of the simulated model',
  interruptions: 'Turns stopped by input',
  toolCalls: 'Tool calls sent',
  toolCallsCancelled: 'Tool calls cancelled by an interruption',
  framesIn: 'WebSocket messages received',
  framesOut: 'WebSocket messages sent',
};

/** The metrics, read from the simulator's own counts when they are asked for. */
@Injectable()
export class SimulatorEvents {
  constructor(simulator: Simulator, registry: Registry) {
    for (const [stat, help] of Object.entries(HELP) as [keyof SimulatorStats, string][]) {
      const name = `orbisvoice_simulator_${stat.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_total`;
      registry.registerMetric(
        new Counter({
          name,
          help,
          registers: [],
          collect() {
            this.reset();
            this.inc(simulator.stats[stat]);
          },
        }),
      );
    }
    registry.registerMetric(
      new Gauge({
        name: 'orbisvoice_simulator_connections',
        help: 'WebSockets open now',
        registers: [],
        collect() {
          this.set(simulator.connections.size);
        },
      }),
    );
  }
}
