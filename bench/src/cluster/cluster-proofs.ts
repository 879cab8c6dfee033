import { autoscale } from '../proofs/autoscale.js';
import { helmInstall } from '../proofs/helm-install.js';
import { helmUpgrade } from '../proofs/helm-upgrade.js';
import { outage } from '../proofs/outage.js';
import { procedureProof } from '../proofs/procedures.js';
import { rollout } from '../proofs/rollout.js';
import type { ClusterProof } from './cluster-proof.js';

/** In the order in which one release serves them all. */
export const clusterProofs: ClusterProof[] = [helmInstall, helmUpgrade, rollout, autoscale, outage, procedureProof];
