/** Functions that the platform ships. To add one: a file for it, and a line here. */
import type { JsonObject } from '../arguments/json-text.js';
import { currentTime } from './current-time.js';
import type { RunResult } from './run-result.js';

export type BuiltInTool = (args: JsonObject) => RunResult;

const BUILT_IN_TOOLS = new Map<string, BuiltInTool>([['current_time', currentTime]]);

export function isBuiltIn(name: string): boolean {
  return BUILT_IN_TOOLS.has(name);
}

export function builtInTool(name: string): BuiltInTool | undefined {
  return BUILT_IN_TOOLS.get(name);
}
