import { join } from 'node:path';
import { z } from 'zod';
import {
  baseConfig,
  baseVariables,
  defineConfig,
  httpVariables,
  portVariable,
  urlVariable,
  type BaseConfig,
} from '@orbisvoice/service-kit/config';
import { findPackageRoot } from './package-root.js';

const DEFAULT_API_PORT = 3000;
const DEFAULT_VOICE_GATEWAY_PORT = 4001;

/** Where the browser finds another service. Without a URL it is the host of the page, or `host`, with this port. */
export interface PublicAddress {
  /** As configured, without a slash at the end. */
  url?: string;
  host?: string;
  port: number;
}

export interface WebConfig extends BaseConfig {
  http: { host: string; port: number };
  /** The folder with the exported pages. */
  exportFolder: string;
  api: PublicAddress;
  voiceGateway: PublicAddress;
  /** The console is reached over https, as its API is. */
  https: boolean;
}

const hostVariable = z.string().regex(/^[A-Za-z0-9.-]+$|^\[[0-9a-fA-F:.]+\]$/, 'must be a host name or an address');

export const webConfig = defineConfig(
  'WEB',
  {
    ...baseVariables,
    ...httpVariables(3001),
    WEB_EXPORT_FOLDER: z.string().default(join(findPackageRoot(import.meta.dirname), 'out')),
    NEXT_PUBLIC_API_URL: urlVariable('http:', 'https:').optional(),
    NEXT_PUBLIC_VOICE_GATEWAY_URL: urlVariable('ws:', 'wss:').optional(),
    API_HOST: hostVariable.optional(),
    API_PORT: portVariable(DEFAULT_API_PORT),
    VOICE_GATEWAY_HOST: hostVariable.optional(),
    VOICE_GATEWAY_PORT: portVariable(DEFAULT_VOICE_GATEWAY_PORT),
  },
  (variables): WebConfig => ({
    ...baseConfig(variables),
    http: { host: variables.HOST, port: variables.PORT },
    exportFolder: variables.WEB_EXPORT_FOLDER,
    https: variables.NEXT_PUBLIC_API_URL?.startsWith('https:') === true,
    api: address(variables.NEXT_PUBLIC_API_URL, variables.API_HOST, variables.API_PORT),
    voiceGateway: address(
      variables.NEXT_PUBLIC_VOICE_GATEWAY_URL,
      variables.VOICE_GATEWAY_HOST,
      variables.VOICE_GATEWAY_PORT,
    ),
  }),
);

function address(url: string | undefined, host: string | undefined, port: number): PublicAddress {
  return {
    port,
    ...(url === undefined ? {} : { url: url.replace(/\/+$/, '') }),
    // What a server binds to is no place for a browser to go.
    ...(host === undefined || host === '0.0.0.0' || host === '[::]' ? {} : { host }),
  };
}
