/** What all contestants share: one simulated provider over TLS, and the tools they were installed with. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../load/child.js';
import { compiled } from '../load/rig.js';

export const PEERS_FOLDER = join(import.meta.dirname, '../../peers');
export const TOOLS_FOLDER = process.env['ORBISVOICE_PEERS_FOLDER'] ?? '/var/tmp/orbisvoice-peers';
/** Answers speech and leaves quiet audio unanswered. */
export const MODEL = 'simulated-echo-speech';
const LIVE_PATH = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=peers';

export interface Stage {
  /** https://… */
  providerUrl: string;
  liveUrl: string;
  providerPid: number;
  /** File with the certificate that clients of the provider must trust. */
  authorityFile: string;
  stop(): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  execFileSync(join(PEERS_FOLDER, 'install.sh'), { stdio: 'inherit' });
  const folder = await mkdtemp(join(tmpdir(), 'orbisvoice-peers-'));
  const authorityFile = join(folder, 'authority.pem');
  const provider = await startChild<{ url: string; certificate: string }>(compiled('simulator-process'), {
    TLS: 'true',
  });
  await writeFile(authorityFile, provider.ready.certificate);
  return {
    providerUrl: provider.ready.url,
    liveUrl: `${provider.ready.url.replace('https', 'wss')}${LIVE_PATH}`,
    authorityFile,
    providerPid: provider.pid,
    stop: async () => {
      await provider.stop();
      await rm(folder, { recursive: true });
    },
  };
}
