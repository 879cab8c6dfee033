/** What to change, in one sentence, for everything that commonly keeps a start from succeeding. */
import { EmbeddedPostgresError } from '@orbisvoice/embedded-postgres/embedded-postgres-error';
import { ConfigError } from '@orbisvoice/service-kit/config';
import type { Ports } from './config.js';
import { otherPort, PORT_VARIABLES, portProblem } from './ports.js';

/** At least one sentence. `ports` as configured, if it came to that. */
export function explainStartFailure(error: unknown, ports?: Ports): string[] {
  if (error instanceof ConfigError) return error.problems;
  if (error instanceof EmbeddedPostgresError) return [nameWaysOut(error.message)];
  const { code, port, message, path } = (error ?? {}) as {
    code?: string;
    port?: number;
    message?: string;
    path?: string;
  };
  if ((code === 'EADDRINUSE' || code === 'EACCES') && port !== undefined) {
    const door = Object.entries(ports ?? {}).find(([, configured]) => configured === port)?.[0] as keyof Ports;
    return [door ? closedPort(code, port, door, ports!) : `Port ${port} can't be opened (${code}).`];
  }
  if (path !== undefined && (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')) {
    return [`This user may not read and write ${path}: change its owner, or choose another data folder with DATA_DIR.`];
  }
  if (code === 'ENOSPC') return ['The disk is full: free some space, or choose a data folder elsewhere with DATA_DIR.'];
  return [message || String(error)];
}

function closedPort(code: string, port: number, door: keyof Ports, ports: Ports): string {
  return portProblem(code, port, PORT_VARIABLES[door], otherPort(port, new Set(Object.values(ports))));
}

/** The embedded Postgres knows nothing of our variables and arguments. */
function nameWaysOut(message: string): string {
  return message
    .replace(/\b(choose an?(?:other| empty| data)\b[^.]*folder[^.]*)\.$/, '$1 with DATA_DIR.')
    .replace('or remove it to start over.', 'or start over without your data by `npm start -- --fresh`.');
}
