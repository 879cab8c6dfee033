import type { ServiceDefinition } from '@orbisvoice/service-kit/service';
import { AppModule } from './app.module.js';
import { simulatorConfig, type SimulatorConfig } from './config.js';
import { attachSimulator } from './simulator-door.js';

export const simulatorService: ServiceDefinition<SimulatorConfig> = {
  name: 'simulator',
  config: simulatorConfig,
  module: (config) => AppModule.with(config),
  http: { bind: (config) => config.http, configure: (app) => attachSimulator(app) },
};
