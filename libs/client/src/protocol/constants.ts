/** Numbers and names of the voice protocol `orbisvoice.v1`, free of any import so that every client can load them. */
export const VOICE_SUBPROTOCOL = 'orbisvoice.v1';
/** The gateway closes a connection whose `call.start` is not there after this time. */
export const CALL_START_TIMEOUT_MS = 5_000;
/** The gateway's heartbeat. A client that misses three takes the connection for dead. */
export const PING_INTERVAL_MS = 1_000;
/** Largest JSON message in either direction. */
export const MAX_MESSAGE_BYTES = 64 * 1024;
/** How much unacknowledged microphone audio a client keeps for a reconnect: as long as it tries to come back. */
export const CLIENT_REPLAY_MS = 10_000;
/** How much of it may wait to be sent while there is a connection. More would only make the call slower, for good. */
export const CLIENT_BACKLOG_MS = 2_000;
/** How many unacknowledged texts a client keeps for a reconnect, and how many ids a gateway remembers to know them again. */
export const MAX_UNACKNOWLEDGED_TEXTS = 64;

/** Close codes of the gateway beside 1000 (the call ended) and 1001 (the gateway stops). */
export const CLOSE_CODES = {
  badRequest: 4400,
  unauthenticated: 4401,
  forbidden: 4403,
  notFound: 4404,
  startTimeout: 4408,
  conflict: 4409,
  tooLarge: 4413,
  exhausted: 4429,
  internal: 4500,
  unavailable: 4503,
} as const;
