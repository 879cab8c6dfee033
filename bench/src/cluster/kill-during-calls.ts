/** Calls that are quiet at the moment when a gateway dies: what had been said by then must be there, and the call goes on. */
import { compareWithStored, exchange, nameOf, startCall, type Spoken } from '../load/conversations.js';
import type { CallRig } from '../load/watched-call.js';
import type { DuringCalls } from './during-calls.js';

interface Caller extends Spoken {
  name: string;
}

export async function killDuringCalls(rig: CallRig, count: number, kill: () => Promise<void>): Promise<DuringCalls> {
  const callers: Caller[] = [];
  for (let number = 0; number < count; number++)
    callers.push({ call: await startCall(rig), name: nameOf(number), words: [], begunAt: [] });
  await Promise.all(
    callers.map((caller) =>
      exchange(caller, 'write', `My name is ${caller.name}`, `Nice to meet you, ${caller.name}.`),
    ),
  );
  await kill();
  await Promise.all(
    callers.map((caller) => exchange(caller, 'write', 'What is my name?', `Your name is ${caller.name}.`)),
  );
  await Promise.all(callers.map(({ call }) => call.end()));
  const gapsMs = callers.flatMap(({ call }) => call.gapsMs);
  return { ...(await compareWithStored(rig, callers)), calls: count, gapsMs };
}
