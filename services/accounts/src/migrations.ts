import { CreateAccounts1763683200000 } from './migrations/1763683200000-create-accounts.js';

/** Oldest first. Forward only, and each one works with the release before it. */
export const accountsMigrations = [CreateAccounts1763683200000];
