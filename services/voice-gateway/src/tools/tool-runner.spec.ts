import { describe, expect, it } from '@jest/globals';
import {
  ToolOutcome as WireOutcome,
  type ExecuteToolRequest,
  type ExecuteToolResponse,
  type Tool,
} from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import { DomainError, type ErrorKind } from '@orbisvoice/service-kit/errors';
import type { ToolCallState } from '../calls/call-state.js';
import { forModel } from './model-result.js';
import { ToolRunner } from './tool-runner.js';

const NOT_RUN = 'This can not be done at the moment. Say so, and do without it.';

const TOOL: Tool = {
  id: 'tool-1',
  createdAt: undefined,
  updatedAt: undefined,
  definition: { name: 'look_up', description: '', parametersJsonSchema: '{}', timeoutMs: 500, kind: undefined },
} as Tool;

const call = (changes: Partial<ToolCallState> = {}): ToolCallState => ({
  id: 'call-1',
  name: 'look_up',
  arguments: { order: '4711' },
  startedAt: 0,
  ...changes,
});

const response = (changes: Partial<ExecuteToolResponse> = {}): ExecuteToolResponse => ({
  outcome: WireOutcome.TOOL_OUTCOME_OK,
  resultJson: '{"found":true}',
  durationMs: 12,
  repeated: false,
  ...changes,
});

interface Execution {
  request: ExecuteToolRequest;
  deadlineMs: number;
  signal: AbortSignal;
}

function runner(execute: (execution: Execution) => Promise<ExecuteToolResponse>, tools = [TOOL]) {
  const executions: Execution[] = [];
  const toolRunner = new ToolRunner({
    conversationId: 'conversation-1',
    tools,
    execute: (request, options) => {
      const execution = { request, ...options };
      executions.push(execution);
      return execute(execution);
    },
  });
  return { toolRunner, executions };
}

/** Answers nothing, until it is aborted like an RPC is. */
const unanswered = ({ signal }: Execution) =>
  new Promise<ExecuteToolResponse>((_, reject) =>
    signal.addEventListener('abort', () => reject(new DomainError('cancelled', 'The request was cancelled.'))),
  );

describe('a tool of a call', () => {
  it("is run under the call's and the tool call's id, with longer to answer than the tool itself has", async () => {
    const { toolRunner, executions } = runner(async () => response());
    expect(await toolRunner.run(call())).toEqual({ outcome: 'ok', result: { found: true }, durationMs: 12 });
    expect(executions).toEqual([
      {
        request: {
          toolId: 'tool-1',
          conversationId: 'conversation-1',
          toolCallId: 'call-1',
          argumentsJson: '{"order":"4711"}',
        },
        deadlineMs: 3_500,
        signal: expect.any(AbortSignal),
      },
    ]);
  });

  it('without arguments is given none', async () => {
    const { toolRunner, executions } = runner(async () => response());
    await toolRunner.run(call({ arguments: undefined }));
    expect(executions[0]!.request.argumentsJson).toBe('{}');
  });

  it.each([
    [WireOutcome.TOOL_OUTCOME_OK, 'ok'],
    [WireOutcome.TOOL_OUTCOME_FAILED, 'failed'],
    [WireOutcome.TOOL_OUTCOME_TIMED_OUT, 'timed_out'],
    [WireOutcome.TOOL_OUTCOME_CANCELLED, 'cancelled'],
    [WireOutcome.TOOL_OUTCOME_BLOCKED, 'blocked'],
    [WireOutcome.TOOL_OUTCOME_TOO_LARGE, 'too_large'],
    [WireOutcome.TOOL_OUTCOME_UNSPECIFIED, 'unknown'],
    [99 as WireOutcome, 'unknown'],
  ])('that ends with %i has the outcome %s, and its result either way', async (outcome, expected) => {
    const { toolRunner } = runner(async () => response({ outcome, resultJson: '{"error":"why"}' }));
    expect(await toolRunner.run(call())).toMatchObject({ outcome: expected, result: { error: 'why' } });
  });

  it('whose result is no JSON is quoted', async () => {
    const { toolRunner } = runner(async () => response({ resultJson: '<html>' }));
    expect(await toolRunner.run(call())).toMatchObject({ outcome: 'ok', result: { text: '<html>' } });
  });

  it('that the agent does not have is a failure in words', async () => {
    const { toolRunner, executions } = runner(async () => response());
    expect(await toolRunner.run(call({ name: 'format_disk' }))).toMatchObject({
      outcome: 'failed',
      result: { error: 'There is no tool called "format_disk".' },
    });
    expect(executions).toEqual([]);
  });

  it.each<[ErrorKind, string, object]>([
    ['deadline_exceeded', 'unknown', { error: expect.stringMatching(/^It is not known .* do not repeat/) }],
    ['unavailable', 'unknown', { error: expect.stringMatching(/^It is not known .* do not repeat/) }],
    ['cancelled', 'cancelled', { error: 'Why.' }],
    ['resource_exhausted', 'failed', { error: 'Why.', detail: 'Why.' }],
    ['not_found', 'failed', { error: NOT_RUN, detail: 'Why.' }],
    ['internal', 'failed', { error: NOT_RUN, detail: 'Why.' }],
  ])(
    'whose answer is lost to %s is %s: it may have taken effect only where nobody can tell',
    async (kind, outcome, result) => {
      const { toolRunner } = runner(async () => {
        throw new DomainError(kind, 'Why.');
      });
      expect(await toolRunner.run(call())).toEqual({ outcome, result, durationMs: expect.any(Number) });
    },
  );

  it.each<[ErrorKind, string, string]>([
    ['invalid_argument', 'arguments_json', 'The details given do not fit: when is not written as expected.'],
    ['resource_exhausted', 'organization', 'Too much is going on at this moment.'],
    ['invalid_argument', 'tool_call_id', NOT_RUN],
  ])(
    'refused with %s of %s keeps the rule for the record, apart from what the model hears',
    async (kind, field, said) => {
      const { toolRunner } = runner(async () => {
        throw new DomainError(kind, said === NOT_RUN ? `${field}: broke "^x$"` : said, {
          violations: [{ field, message: 'broke "^x$"' }],
        });
      });
      const { result } = await toolRunner.run(call());
      expect(result).toEqual({ error: said, detail: `${field}: broke "^x$"` });
      expect(forModel(result)).toEqual({ error: said });
    },
  );

  it('that breaks the gateway itself is a failure that reveals nothing', async () => {
    const { toolRunner } = runner(async () => {
      throw new TypeError('secret');
    });
    const run = await toolRunner.run(call());
    expect(run.outcome).toBe('failed');
    expect(JSON.stringify(run.result)).not.toContain('secret');
  });
});

describe('aborting', () => {
  it('ends the one that is meant, and no other', async () => {
    const { toolRunner, executions } = runner(unanswered);
    const first = toolRunner.run(call({ id: 'a' }));
    void toolRunner.run(call({ id: 'b' }));
    toolRunner.abort('a');
    expect(await first).toMatchObject({ outcome: 'cancelled' });
    expect(executions.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    toolRunner.abort('b');
  });

  it('one that has ended, or never was, does nothing', async () => {
    const { toolRunner, executions } = runner(async () => response());
    await toolRunner.run(call());
    toolRunner.abort('call-1');
    toolRunner.abort('never');
    expect(executions[0]!.signal.aborted).toBe(false);
  });
});

it('at most 16 tools of a call run at once; the next one is told so, and room is made by each that ends', async () => {
  const { toolRunner, executions } = runner(unanswered);
  const runs = Array.from({ length: 16 }, (_, i) => toolRunner.run(call({ id: `${i}` })));
  expect(await toolRunner.run(call({ id: '16' }))).toMatchObject({
    outcome: 'failed',
    result: { error: expect.stringMatching(/^Too many things are under way at once/) },
  });
  toolRunner.abort('0');
  await runs[0];
  const next = toolRunner.run(call({ id: '17' }));
  expect(executions).toHaveLength(17);
  for (let i = 1; i <= 17; i++) toolRunner.abort(`${i}`);
  await Promise.all([...runs, next]);
});
