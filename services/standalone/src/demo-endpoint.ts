/** The endpoint behind the demo's HTTP tool: opening hours of a shop that does not exist. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface DemoEndpoint {
  url: string;
  /** For the outbound guard, which opens this address and no other private one. */
  hostAndPort: string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const PATH = '/opening-hours';

const HOURS: Record<string, string> = {
  monday: '9 to 18',
  tuesday: '9 to 18',
  wednesday: '9 to 18',
  thursday: '9 to 20',
  friday: '9 to 20',
  saturday: '10 to 16',
  sunday: 'closed',
};

export async function startDemoEndpoint(port = 0): Promise<DemoEndpoint> {
  const server = createServer((request, response) => {
    const { status, body } = answer(new URL(request.url ?? '/', 'http://demo'));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => resolve());
  });
  const hostAndPort = `${HOST}:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${hostAndPort}${PATH}`,
    hostAndPort,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Whether a tool's URL means this endpoint, at the port of whichever start. */
export function isDemoEndpoint(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed?.hostname === HOST && parsed.pathname === PATH;
}

function answer(url: URL): { status: number; body: object } {
  if (url.pathname !== PATH) return { status: 404, body: { error: 'not found' } };
  const day = (url.searchParams.get('day') ?? '').toLowerCase();
  const hours = HOURS[day];
  if (hours === undefined) return { status: 400, body: { error: 'day must be a day of the week' } };
  const when = `${day.charAt(0).toUpperCase()}${day.slice(1)}`;
  const summary =
    hours === 'closed' ? `On ${when} Orbis Coffee is closed.` : `On ${when} Orbis Coffee is open from ${hours}.`;
  return { status: 200, body: { shop: 'Orbis Coffee', day, hours, summary } };
}
