import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The default serves the release before, which knows no calls with drafts. */
export class ConversationDraft1795300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE transcripts.conversations ADD COLUMN draft_revision integer NOT NULL DEFAULT 0');
  }

  /** Forward only (S0-29). */
  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
