import { type DynamicModule, Module } from '@nestjs/common';
import type { SimulatorConfig } from './config.js';
import { Simulator, createSimulator } from './create-simulator.js';
import { SimulatorEvents } from './events.js';
import { CONFIG, SimulatorDoor } from './simulator-door.js';

@Module({})
export class AppModule {
  static with(config: SimulatorConfig): DynamicModule {
    const { apiKeys, models, voices, responseDelayMs, maxConnections } = config;
    const options = {
      apiKeys,
      responseDelayMs,
      maxConnections,
      ...(models ? { isKnownModel: (model: string) => models.includes(model.replace(/^models\//, '')) } : {}),
      ...(voices ? { isKnownVoice: (name: string) => voices.includes(name) } : {}),
    };
    return {
      module: AppModule,
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: Simulator, useValue: createSimulator(options) },
        SimulatorDoor,
        SimulatorEvents,
      ],
    };
  }
}
