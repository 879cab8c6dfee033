/** Settings of the Postgres server, as in postgresql.conf. */
export type ServerSettings = Record<string, string | number | boolean>;

/** Enough for one machine with a few services; everything else is Postgres' default. */
const defaults: ServerSettings = {
  max_connections: 100,
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  // The log is for starts, stops and crashes. Errors of statements go to the client that sent them; here they could
  // carry what people said, and let a client fill the disk.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: false,
};

/** Faster, and loses data when the machine crashes: for data that nobody will miss. */
const throwAway: ServerSettings = { fsync: false, full_page_writes: false };

/** Command line arguments for `postgres`. The door is not up for change: TCP on 127.0.0.1, no socket file. */
export function serverArguments(port: number, durable: boolean, settings: ServerSettings = {}): string[] {
  const door: ServerSettings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', port };
  const all = { ...defaults, ...(durable ? {} : throwAway), ...settings, ...door };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
