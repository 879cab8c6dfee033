/** The port for machines: `/metrics`, `/livez`, `/readyz`, `/health`. In one process with many services it serves all. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Health, HealthReport } from './health.js';
import { acceptsOpenMetrics, OPEN_METRICS, PLAIN_TEXT } from './telemetry/open-metrics.js';

export interface MetricsTarget {
  name: string;
  registry: Registry;
  health: Health;
}

export interface MetricsServer {
  port: number;
  close(): Promise<void>;
}

export async function startMetricsServer(options: {
  host: string;
  port: number;
  targets: MetricsTarget[];
}): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    answer(request, response, options.targets).catch((error: unknown) => {
      response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error));
    });
  });
  await listen(server, options.host, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, targets: MetricsTarget[]): Promise<void> {
  const path = request.url?.split('?')[0];
  if (path === '/metrics') {
    const format = acceptsOpenMetrics(request.headers.accept) ? OPEN_METRICS : PLAIN_TEXT;
    const body = await format.write(targets.map(({ registry }) => registry));
    response.writeHead(200, { 'content-type': format.contentType }).end(body);
  } else if (path === '/livez') {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('ok\n');
  } else if (path === '/readyz' || path === '/health') {
    const report = await combinedReport(targets);
    response.writeHead(report.status === 'unavailable' ? 503 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(report));
  } else {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
  }
}

async function combinedReport(targets: MetricsTarget[]): Promise<HealthReport> {
  const reports = await Promise.all(targets.map(async (target) => ({ target, report: await target.health.report() })));
  if (reports.length === 1 && reports[0]) return reports[0].report;
  const combined: HealthReport = { status: 'ok', checks: {} };
  for (const { target, report } of reports) {
    for (const [name, result] of Object.entries(report.checks)) combined.checks[`${target.name}.${name}`] = result;
    if (report.status === 'unavailable') combined.status = 'unavailable';
    else if (report.status === 'degraded' && combined.status === 'ok') combined.status = 'degraded';
  }
  return combined;
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}
