/** The doors of the platform, looked at before anything is started, so that every problem is told at once. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { ConfigError } from '@orbisvoice/service-kit/config';
import type { Ports } from './config.js';

export const PORT_VARIABLES: Record<keyof Ports, string> = {
  api: 'API_PORT',
  apiGrpc: 'API_GRPC_PORT',
  web: 'WEB_PORT',
  voiceGateway: 'VOICE_GATEWAY_PORT',
  simulator: 'SIMULATOR_PORT',
  metrics: 'METRICS_PORT',
};

const HOST = '127.0.0.1';

/** @throws ConfigError with a sentence for each port that can't be used */
export async function checkPorts(ports: Partial<Ports>): Promise<void> {
  const problems: string[] = [];
  const users = new Map<number, string>();
  for (const [door, variable] of Object.entries(PORT_VARIABLES) as [keyof Ports, string][]) {
    const port = ports[door];
    if (port === undefined || port === 0) continue;
    const other = users.get(port);
    if (other !== undefined) problems.push(`${other} and ${variable} are both ${port}: give each a port of its own.`);
    else problems.push(...(await problemOf(port, variable)));
    users.set(port, variable);
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

/** A port that nobody else on this machine gets until `release`. */
export async function reservePort(port: number): Promise<{ port: number; release(): Promise<void> }> {
  const server = await listen(port);
  return {
    port: (server.address() as AddressInfo).port,
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** What to do about a port that is taken or not ours to use. */
export function portProblem(code: string, port: number, variable: string): string {
  const example = `${variable}=${port + 100 > 65_535 ? 0 : Math.max(port + 100, 8_000)} npm start`;
  return code === 'EACCES'
    ? `${variable}: this user may not open port ${port}, so set it to one above 1023, as in: ${example}`
    : `Port ${port} is in use: stop what listens there, or set ${variable} to another one, as in: ${example}`;
}

async function problemOf(port: number, variable: string): Promise<string[]> {
  try {
    await (await reservePort(port)).release();
    return [];
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    return [portProblem(code, port, variable)];
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => resolve());
  });
  return server;
}
