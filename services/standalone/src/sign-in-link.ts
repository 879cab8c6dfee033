/** `npm run sign-in-link`: another link of the platform that runs. */
import { AccountsServiceService } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import { CallerContexts, type Caller } from '@orbisvoice/service-kit/caller-context';
import { createGrpcClient } from '@orbisvoice/service-kit/grpc-client';
import { standaloneConfig } from './config.js';
import { findRunning, type Running } from './running.js';
import { readSecrets } from './secrets.js';
import { explainStartFailure } from './start-failure.js';

const OPERATOR: Caller = { subject: 'operator:sign-in-link', roles: ['operator'] };

/** Signs a person in to the console once, within 24 h. */
export async function makeSignInLink(running: Running, dataDir: string): Promise<string> {
  const { internalAuthSecret } = await readSecrets(dataDir);
  const accounts = createGrpcClient(AccountsServiceService, {
    serviceName: 'accounts',
    address: running.accountsAddress,
    contexts: new CallerContexts(internalAuthSecret),
  });
  try {
    const { organizationId } = running;
    const { token } = await accounts.createSignInLink({ organizationId }, { caller: OPERATOR });
    return `${running.webUrl}/sign-in#token=${token}`;
  } finally {
    accounts.close();
  }
}

/** Prints a link, or why there is none. */
export async function printSignInLink(environment: NodeJS.ProcessEnv): Promise<void> {
  try {
    const { dataDir } = standaloneConfig.load(environment);
    const running = await findRunning(dataDir);
    if (!running) {
      throw new Error(
        `OrbisVoice does not run on the data folder ${dataDir}, or is still starting: \`npm start\` ends with a link. DATA_DIR names another folder.`,
      );
    }
    process.stdout.write(`${await makeSignInLink(running, dataDir)}\n`);
  } catch (error) {
    const problems = explainStartFailure(error);
    process.stderr.write(`There is no link.\n${problems.map((problem) => `  ${problem}\n`).join('')}`);
    process.exitCode = 1;
  }
}
