// A service with a process to itself, which holds what nobody ends. ACCOUNTS_ADDRESS: where nobody answers. HANGS=true: its stop never comes to an end.
import { AccountsServiceService } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import { baseConfig, baseVariables, defineConfig } from '@orbisvoice/service-kit/config';
import { CallerContexts } from '@orbisvoice/service-kit/caller-context';
import { createGrpcClient } from '@orbisvoice/service-kit/grpc-client';
import { runService } from '@orbisvoice/service-kit/run-service';

const { ACCOUNTS_ADDRESS: address, HANGS, INTERNAL_AUTH_SECRET } = process.env;
const client = createGrpcClient(AccountsServiceService, {
  serviceName: 'accounts',
  address,
  contexts: new CallerContexts(INTERNAL_AUTH_SECRET),
});
client
  .authenticateApiKey({ secret: 'x' }, { caller: { subject: 'service:test', roles: ['edge'] } })
  .catch(() => undefined);

class Module {
  async onApplicationShutdown() {
    client.close();
    if (HANGS) await new Promise(() => undefined);
  }
}

await runService(
  {
    name: 'held',
    config: defineConfig('HELD', baseVariables, baseConfig),
    module: () => ({ module: Module }),
  },
  process.env,
);
