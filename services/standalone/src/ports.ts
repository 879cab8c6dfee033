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
const FIRST_OTHER = 8_000;
const MAX_ATTEMPTS = 20;

/** @throws ConfigError with a sentence for each port that can't be used */
export async function checkPorts(ports: Partial<Ports>): Promise<void> {
  const problems: string[] = [];
  const users = new Map<number, string>();
  const taken = new Set(Object.values(ports));
  for (const [door, variable] of Object.entries(PORT_VARIABLES) as [keyof Ports, string][]) {
    const port = ports[door];
    if (port === undefined || port === 0) continue;
    const other = users.get(port);
    if (other !== undefined) problems.push(`${other} and ${variable} are both ${port}: give each a port of its own.`);
    else problems.push(...(await problemOf(port, variable, taken)));
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

/** A port to take instead of `port`, which is none of `taken` and joins them: all that is suggested can be set together. */
export function otherPort(port: number, taken: Set<number>): number {
  let other = port + 100 > 65_535 ? FIRST_OTHER : Math.max(port + 100, FIRST_OTHER);
  while (taken.has(other)) other = other === 65_535 ? FIRST_OTHER : other + 1;
  taken.add(other);
  return other;
}

/** What to do about a port that is taken or not ours to use. */
export function portProblem(code: string, port: number, variable: string, other: number): string {
  const example = `${variable}=${other} npm start`;
  return code === 'EACCES'
    ? `${variable}: this user may not open port ${port}, so set it to one above 1023, as in: ${example}`
    : `Port ${port} is in use: stop what listens there, or set ${variable} to another one, as in: ${example}`;
}

async function problemOf(port: number, variable: string, taken: Set<number>): Promise<string[]> {
  const code = await whyClosed(port);
  if (code === undefined) return [];
  let other = otherPort(port, taken);
  for (let attempt = 1; attempt < MAX_ATTEMPTS && (await whyClosed(other)); attempt++) other = otherPort(port, taken);
  return [portProblem(code, port, variable, other)];
}

/** Undefined: it can be opened. */
async function whyClosed(port: number): Promise<'EADDRINUSE' | 'EACCES' | undefined> {
  try {
    await (await reservePort(port)).release();
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    return code;
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
