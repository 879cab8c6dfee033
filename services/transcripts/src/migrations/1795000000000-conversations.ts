import { tenantPolicy } from '@orbisvoice/service-kit/migrations';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Conversations1795000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [
      `CREATE TABLE transcripts.conversations (
        id uuid PRIMARY KEY,
        organization_id uuid NOT NULL,
        agent_id uuid NOT NULL,
        agent_name text NOT NULL,
        agent_version integer NOT NULL,
        channel text NOT NULL,
        provider text NOT NULL,
        model text NOT NULL,
        subject text NOT NULL,
        started_at timestamptz(3) NOT NULL,
        ended_at timestamptz(3),
        ended_sequence integer,
        end_reason text,
        end_detail text,
        committed_sequence integer NOT NULL,
        turn_count integer NOT NULL DEFAULT 0,
        prompt_tokens bigint NOT NULL DEFAULT 0,
        response_tokens bigint NOT NULL DEFAULT 0,
        total_tokens bigint NOT NULL DEFAULT 0,
        turn_bytes bigint NOT NULL DEFAULT 0,
        updated_at timestamptz(3) NOT NULL DEFAULT now()
      )`,
      `CREATE INDEX conversations_newest ON transcripts.conversations (organization_id, started_at DESC, id DESC)`,
      `CREATE INDEX conversations_newest_of_agent
        ON transcripts.conversations (organization_id, agent_id, started_at DESC, id DESC)`,
      `CREATE TABLE transcripts.turns (
        conversation_id uuid NOT NULL REFERENCES transcripts.conversations (id) ON DELETE CASCADE,
        sequence integer NOT NULL,
        organization_id uuid NOT NULL,
        occurred_at timestamptz(3) NOT NULL,
        role text NOT NULL,
        input_kind text,
        generated_text text NOT NULL,
        heard_text text NOT NULL,
        interrupted boolean NOT NULL,
        started_at timestamptz(3) NOT NULL,
        ended_at timestamptz(3) NOT NULL,
        tool_calls jsonb NOT NULL,
        usage jsonb,
        timings jsonb,
        PRIMARY KEY (conversation_id, sequence)
      )`,
      `CREATE TABLE transcripts.outbox (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        position bigint GENERATED ALWAYS AS IDENTITY,
        organization_id uuid NOT NULL,
        conversation_id uuid NOT NULL,
        sequence integer NOT NULL,
        kind text NOT NULL,
        occurred_at timestamptz(3) NOT NULL,
        data jsonb NOT NULL,
        bytes integer NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now()
      )`,
      `CREATE UNIQUE INDEX outbox_position ON transcripts.outbox (position)`,
      `CREATE INDEX outbox_conversation ON transcripts.outbox (conversation_id, position)`,
      ...['conversations', 'turns', 'outbox'].flatMap((table) => tenantPolicy(`transcripts.${table}`)),
    ]) {
      await runner.query(statement);
    }
  }

  /** Forward only (S0-29). */
  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
