/** `cluster in node inside.js TAGS NAME ARGS…`: what a proof does in the cluster's network. See cluster-proof.ts. */
import { proofOptions } from '../proof.js';
import { clusterProofs } from './cluster-proofs.js';
import { tellResult } from './cluster-proof.js';
import type { ImageTags } from './images.js';

const [tags, name, ...args] = process.argv.slice(2);
const proof = clusterProofs.find((candidate) => candidate.name === name);
if (!tags || !proof) throw new Error(`There is no proof ${name ?? ''} on a cluster.`);
tellResult(await proof.runInside(proofOptions(args), JSON.parse(tags) as ImageTags));
// Connections that are kept open for another request would hold it up.
process.exit();
