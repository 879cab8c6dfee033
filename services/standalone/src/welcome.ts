import { DEFAULT_GEMINI_MODEL } from '@orbisvoice/voice-gateway/config';
import type { ModelVerdict } from '@orbisvoice/voice-gateway/models/model-check';
import type { StandaloneConfig } from './config.js';
import type { Demo } from './demo.js';
import type { Platform } from './platform.js';

/** What `npm start` ends with. */
export function welcome(
  platform: Pick<Platform, 'webUrl' | 'apiUrl' | 'grpcAddress'>,
  demo: Demo,
  { config, verdict }: { config: StandaloneConfig; verdict: ModelVerdict | undefined },
): string {
  return `
OrbisVoice is running, for this machine only.

  Console   ${platform.webUrl}/sign-in#token=${demo.signInToken}
            (this link signs you in once, within 24 hours; \`npm run sign-in-link\` makes another)
  API       ${platform.apiUrl}   docs at ${platform.apiUrl}/docs
  gRPC      ${platform.grpcAddress}
  API key   Console -> API keys -> Create
  Provider  ${describeProvider(config.gemini, verdict)}
  Data      ${config.dataDir}   (\`npm start -- --fresh\` starts over)

Ctrl-C stops it.
`;
}

function describeProvider(gemini: StandaloneConfig['gemini'], verdict: ModelVerdict | undefined): string {
  if (!gemini) {
    return `The simulator answers, not a real model: no key needed, nothing leaves this machine.
            For Gemini, set GEMINI_API_KEY and start again.`;
  }
  const where = gemini.baseUrl === undefined ? '' : ` at ${gemini.baseUrl}`;
  const model = `${gemini.model ?? DEFAULT_GEMINI_MODEL}${where}`;
  if (verdict?.outcome === 'refused') {
    return `Gemini REFUSES the key in GEMINI_API_KEY or the model ${model}, so calls will fail:
            ${verdict.detail}
            Set GEMINI_API_KEY or GEMINI_MODEL, and start again.`;
  }
  if (verdict?.outcome === 'unreachable') {
    return `Gemini (${model}) could not be tried, so calls may fail:
            ${verdict.detail}`;
  }
  return `Gemini answers: ${model}, with the key in GEMINI_API_KEY.`;
}
