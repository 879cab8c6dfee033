/** What to do about a port that can't be opened. Undefined when `error` is about something else. */
export function explainClosedDoor(error: unknown): string | undefined {
  const { code, port } = (error ?? {}) as { code?: unknown; port?: unknown };
  if (typeof port !== 'number') return undefined;
  const anotherOne = 'set the variable that has it (PORT, GRPC_PORT or METRICS_PORT)';
  if (code === 'EADDRINUSE') return `Port ${port} is in use: stop what listens there, or ${anotherOne} to another one.`;
  if (code === 'EACCES') return `This user may not open port ${port}: ${anotherOne} to one above 1023.`;
  return undefined;
}
