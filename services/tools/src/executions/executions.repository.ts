/** Executions as rows. Times are the database's, so that every process agrees on what is overdue. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Outcome } from './run-result.js';

export interface ExecutionKey {
  organizationId: string;
  /** UUID. */
  conversationId: string;
  toolCallId: string;
}

export interface FinishedExecution {
  outcome: Outcome;
  resultJson: string;
  durationMs: number;
}

export interface Execution {
  toolId: string;
  /** Undefined while it runs. */
  finished: FinishedExecution | undefined;
  /** It should have ended long ago: whoever ran it is gone. */
  overdue: boolean;
}

interface Row {
  tool_id: string;
  state: 'running' | 'finished';
  outcome: Outcome;
  result_json: string;
  duration_ms: number;
  overdue: boolean;
}

/** How long after its deadline the end of a run may still be recorded. */
const GRACE_S = 5;
const KEEP_DAYS = 7;

const KEY = 'organization_id = $1 AND conversation_id = $2 AND tool_call_id = $3';

@Injectable()
export class ExecutionsRepository {
  async find(tx: EntityManager, key: ExecutionKey): Promise<Execution | undefined> {
    const [row] = await tx.query<Row[]>(
      `SELECT tool_id, state, outcome, result_json, duration_ms,
         state = 'running' AND now() > deadline_at + make_interval(secs => ${GRACE_S}) AS overdue
       FROM tools.executions WHERE ${KEY}`,
      parameters(key),
    );
    if (!row) return undefined;
    const { outcome, result_json: resultJson, duration_ms: durationMs } = row;
    const finished = row.state === 'finished' ? { outcome, resultJson, durationMs } : undefined;
    return { toolId: row.tool_id, finished, overdue: row.overdue };
  }

  /** True for exactly one caller per key: that one runs the tool. Waits for another's transaction on the same key. */
  async claim(tx: EntityManager, key: ExecutionKey, run: { toolId: string; timeoutMs: number }): Promise<boolean> {
    const rows = await tx.query<unknown[]>(
      `INSERT INTO tools.executions
         (organization_id, conversation_id, tool_call_id, tool_id, state, started_at, deadline_at)
       VALUES ($1, $2, $3, $4, 'running', now(), now() + make_interval(secs => $5::double precision / 1000))
       ON CONFLICT DO NOTHING RETURNING 1`,
      [...parameters(key), run.toolId, run.timeoutMs],
    );
    return rows.length > 0;
  }

  /** The first end that is recorded stays. */
  async finish(tx: EntityManager, key: ExecutionKey, { outcome, resultJson, durationMs }: FinishedExecution) {
    await tx.query(
      `UPDATE tools.executions
       SET state = 'finished', outcome = $4, result_json = $5, duration_ms = $6, finished_at = now()
       WHERE ${KEY} AND state = 'running'`,
      [...parameters(key), outcome, resultJson, durationMs],
    );
  }

  /** Of every organization. Rows that another process is purging are left to it. @returns how many went */
  async purge(tx: EntityManager, limit: number): Promise<number> {
    const [row] = await tx.query<{ count: number }[]>(
      `WITH old AS (
         SELECT ctid FROM tools.executions WHERE started_at < now() - make_interval(days => ${KEEP_DAYS})
         ORDER BY started_at LIMIT $1 FOR UPDATE SKIP LOCKED
       ), deleted AS (
         DELETE FROM tools.executions WHERE ctid IN (SELECT ctid FROM old) RETURNING 1
       ) SELECT count(*)::integer AS count FROM deleted`,
      [limit],
    );
    return row?.count ?? 0;
  }
}

function parameters(key: ExecutionKey): [string, string, string] {
  return [key.organizationId, key.conversationId, key.toolCallId];
}
