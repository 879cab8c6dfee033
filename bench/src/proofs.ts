import { clusterProofs } from './cluster/cluster-proofs.js';
import type { Proof } from './proof.js';
import { capacity } from './proofs/capacity.js';
import { cost } from './proofs/cost.js';
import { dependencies } from './proofs/dependencies.js';
import { drain } from './proofs/drain.js';
import { hundredCalls } from './proofs/hundred-calls.js';
import { kill } from './proofs/kill.js';
import { memory } from './proofs/memory.js';
import { peers } from './proofs/peers.js';
import { relay } from './proofs/relay.js';
import { rotation } from './proofs/rotation.js';
import { slowReaders } from './proofs/slow-readers.js';
import { soak } from './proofs/soak.js';

/** Every claim we make, in the order of the README. */
export const proofs: Proof[] = [
  hundredCalls,
  rotation,
  drain,
  kill,
  dependencies,
  capacity,
  cost,
  memory,
  relay,
  slowReaders,
  soak,
  peers,
  ...clusterProofs,
];
