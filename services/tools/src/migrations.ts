import { CreateTools1763690400000 } from './migrations/1763690400000-create-tools.js';

/** Oldest first. Forward only, and each one works with the release before it. */
export const toolsMigrations = [CreateTools1763690400000];
