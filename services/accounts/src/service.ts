import { AccountsServiceService } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import type { ServiceDefinition } from '@orbisvoice/service-kit/service';
import { AppModule } from './app.module.js';
import { accountsConfig, type AccountsConfig } from './config.js';
import { accountsDatabase } from './database.js';

export const accountsService: ServiceDefinition<AccountsConfig> = {
  name: 'accounts',
  config: accountsConfig,
  module: (config) => AppModule.with(config),
  grpc: {
    definitions: { 'orbisvoice.accounts.v1.AccountsService': AccountsServiceService },
    bind: (config) => config.grpc,
  },
  database: { ...accountsDatabase, bind: (config) => config.database },
};
