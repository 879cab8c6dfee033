/** A schema with one table of a tenant's rows. */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { DatabaseDefinition } from '../src/database.js';
import { tenantPolicy } from '../src/migrations.js';

class Notes1790000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE notes.notes (organization_id uuid NOT NULL, text text NOT NULL)');
    for (const statement of tenantPolicy('notes.notes')) await runner.query(statement);
  }

  async down(): Promise<void> {}
}

export const notesDatabase: DatabaseDefinition = { schema: 'notes', entities: [], migrations: [Notes1790000000000] };

export const addNote = 'INSERT INTO notes.notes (organization_id, text) VALUES ($1, $2)';
export const listNotes = 'SELECT text FROM notes.notes ORDER BY text';
