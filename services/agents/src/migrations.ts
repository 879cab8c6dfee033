import { CreateAgents1763683200000 } from './migrations/1763683200000-create-agents.js';

/** Oldest first. Forward only, and each one works with the release before it. */
export const agentsMigrations = [CreateAgents1763683200000];
