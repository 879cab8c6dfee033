import { handOverProof } from '../load/hand-over.js';

export const kill = handOverProof({
  name: 'kill',
  title:
    'A gateway with 200 calls is killed: back in <= 3 s p95 after they notice, no stored turn lost or doubled, no zombie after 60 s',
  signal: 'SIGKILL',
  maxGapP95Ms: 3_000,
  maxExitMs: 1_000,
});
