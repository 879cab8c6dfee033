import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Null serves the release before, which inserts conversations without it and does not renew them. */
export class ConversationHolder1795200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [
      'ALTER TABLE transcripts.conversations ADD COLUMN seen_at timestamptz(3)',
      // What is open is little, and what has ended much.
      'CREATE INDEX conversations_open ON transcripts.conversations (seen_at) WHERE ended_sequence IS NULL',
    ]) {
      await runner.query(statement);
    }
  }

  /** Forward only (S0-29). */
  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
