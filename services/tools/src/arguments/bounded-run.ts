/**
 * Ends synchronous work that takes too long. Schemas come from tenants: a regular expression that backtracks for ever, or
 * uniqueItems over a long list, would otherwise hold up every other request of the process. V8 interrupts both.
 */
import { createContext, Script } from 'node:vm';

export class TookTooLongError extends Error {
  override readonly name = 'TookTooLongError';
}

const sandbox: { work?: () => unknown } = {};
const context = createContext(sandbox);
const script = new Script('work()');

/** `work` must leave nothing half-done that outlives it. @throws TookTooLongError, and what `work` throws */
export function runBounded<T>(work: () => T, timeoutMs: number): T {
  sandbox.work = work;
  try {
    return script.runInContext(context, { timeout: timeoutMs }) as T;
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new TookTooLongError(`not done after ${timeoutMs} ms`);
  } finally {
    delete sandbox.work;
  }
}
