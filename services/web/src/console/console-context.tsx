'use client';
import { createContext, useContext } from 'react';
import type { Api } from '../lib/api';
import type { Organization } from '../lib/api-types';
import type { ConsoleConfig } from '../lib/config';

export interface Console {
  config: ConsoleConfig;
  api: Api;
  organization: Organization;
}

export const ConsoleContext = createContext<Console | undefined>(undefined);

/** Configuration, API and organization of the person who is signed in. Only below `ConsoleShell`. */
export function useConsole(): Console {
  const found = useContext(ConsoleContext);
  if (!found) throw new Error('useConsole needs a ConsoleShell around it.');
  return found;
}
