import { handOverProof } from '../load/hand-over.js';

export const drain = handOverProof({
  name: 'drain',
  title:
    'A gateway with 200 calls is told to stop: empty in <= 30 s, no call and no stored turn lost, gap p95 <= 800 ms',
  signal: 'SIGTERM',
  maxGapP95Ms: 800,
  maxExitMs: 30_000,
});
