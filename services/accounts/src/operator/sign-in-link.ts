/**
 * `node dist/operator/sign-in-link.js`, for whoever may run commands beside `accounts`: prints a link that signs a person in to the
 * console once, within 24 h. There is no other first way in, so nothing stands open on a fresh installation.
 */
import { parseArgs } from 'node:util';
import { AccountsServiceService } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import { CallerContexts, type Caller } from '@orbisvoice/service-kit/caller-context';
import { ConfigError } from '@orbisvoice/service-kit/config';
import { createGrpcClient } from '@orbisvoice/service-kit/grpc-client';
import { accountsConfig } from '../config.js';

const OPERATOR: Caller = { subject: 'operator:sign-in-link', roles: ['operator'] };

interface Request {
  /** Of the console, without a slash at the end. */
  consoleUrl: string;
  slug: string;
  name: string;
}

try {
  console.log(await signInLink(readArguments(process.argv.slice(2))));
} catch (error) {
  const problems = error instanceof ConfigError ? error.problems : [(error as Error).message];
  console.error(`There is no link:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  process.exitCode = 1;
}

function readArguments(args: string[]): Request {
  const { values } = parseArgs({
    args,
    options: {
      console: { type: 'string', default: 'http://localhost:3001' },
      organization: { type: 'string', default: 'main' },
      name: { type: 'string' },
    },
  });
  if (!/^https?:\/\//.test(values.console) || !URL.canParse(values.console))
    throw new Error('--console must be the URL of the console, such as https://example.com.');
  const slug = values.organization;
  return { consoleUrl: values.console.replace(/\/+$/, ''), slug, name: values.name ?? slug };
}

/** Makes the organization if it is not there yet. */
async function signInLink({ consoleUrl, slug, name }: Request): Promise<string> {
  const config = accountsConfig.load(process.env);
  const accounts = createGrpcClient(AccountsServiceService, {
    serviceName: 'accounts',
    address: `localhost:${config.grpc.port}`,
    contexts: new CallerContexts(config.internalAuthSecret),
    tls: config.grpcTls,
  });
  try {
    const { organization } = await accounts.ensureOrganization({ slug, name }, { caller: OPERATOR });
    const { token } = await accounts.createSignInLink({ organizationId: organization!.id }, { caller: OPERATOR });
    return `${consoleUrl}/sign-in#token=${token}`;
  } finally {
    accounts.close();
  }
}
