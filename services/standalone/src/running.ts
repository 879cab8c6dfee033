/** The note that a running platform leaves in its data folder, for a second `npm start` and for `npm run sign-in-link`. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolderAt } from '@orbisvoice/embedded-postgres/data-folder';
import { folderUser } from '@orbisvoice/embedded-postgres/folder-lock';
import { z } from 'zod';
import { readJsonFile, writeJsonFile } from './json-file.js';

const NOTE = 'running.json';

const note = z.object({
  pid: z.number(),
  webUrl: z.string(),
  apiUrl: z.string(),
  grpcAddress: z.string(),
  /** host:port of `accounts`, which makes sign-in links. */
  accountsAddress: z.string(),
  organizationId: z.string(),
});
export type Running = z.infer<typeof note>;

/** Resolves with what takes the note away again. */
export async function noteRunning(dataDir: string, running: Omit<Running, 'pid'>): Promise<() => Promise<void>> {
  const file = join(dataDir, NOTE);
  await writeJsonFile(file, { pid: process.pid, ...running } satisfies Running);
  return () => rm(file, { force: true });
}

/** The platform that runs on this data folder. Undefined when none does, or when it is not ready yet. */
export async function findRunning(dataDir: string): Promise<Running | undefined> {
  const user = await folderUser(dataFolderAt(dataDir));
  if (user === undefined) return undefined;
  const { data } = note.safeParse(await readJsonFile(join(dataDir, NOTE)).catch(() => undefined));
  // A note of somebody else is left from a process that was killed.
  return data?.pid === user ? data : undefined;
}
