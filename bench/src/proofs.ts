import type { Proof } from './proof.js';
import { drain, kill } from './proofs/hand-over.js';
import { hundredCalls } from './proofs/hundred-calls.js';

/** Every claim we make, in the order of the README. */
export const proofs: Proof[] = [hundredCalls, drain, kill];
