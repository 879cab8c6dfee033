/** Secrets of one installation, made at its first start and kept in its data folder, readable by its owner only. */
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readJsonFile, writeJsonFile } from './json-file.js';

const secrets = z.object({
  internalAuthSecret: z.string().min(32),
  apiKeyJwtSecret: z.string().min(32),
  toolsEncryptionKey: z.string().min(32),
  databasePassword: z.string().min(32),
});
export type Secrets = z.infer<typeof secrets>;

/** @throws Error with a sentence when the file can't be used, or is missing although there is data that needs it */
export async function loadSecrets(folder: { path: string; postgres: string }): Promise<Secrets> {
  const file = fileIn(folder.path);
  const stored = await readStored(file);
  if (stored !== undefined) return stored;
  // API keys and tools' credentials in a database can't be read with other secrets than those they were stored with.
  if (await exists(join(folder.postgres, 'postgres'))) throw unusable(file, 'missing');
  const made = newSecrets();
  await writeJsonFile(file, made);
  return made;
}

/** Of a folder that is in use. @throws Error with a sentence when there are none */
export async function readSecrets(dataDir: string): Promise<Secrets> {
  const file = fileIn(dataDir);
  const stored = await readStored(file);
  if (stored === undefined) throw unusable(file, 'missing');
  return stored;
}

const fileIn = (dataDir: string) => join(dataDir, 'secrets.json');

async function readStored(file: string): Promise<Secrets | undefined> {
  const stored = await readJsonFile(file).catch((error: unknown) => {
    if (error instanceof SyntaxError) throw unusable(file, 'damaged');
    throw error;
  });
  if (stored === undefined) return undefined;
  const { success, data } = secrets.safeParse(stored);
  if (success) return data;
  throw unusable(file, 'damaged');
}

function unusable(file: string, what: string): Error {
  return new Error(
    `${file} is ${what}: restore it from a backup, or start over without your data by \`npm start -- --fresh\`.`,
  );
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

export function newSecrets(): Secrets {
  const secret = () => randomBytes(36).toString('base64url');
  return {
    internalAuthSecret: secret(),
    apiKeyJwtSecret: secret(),
    toolsEncryptionKey: secret(),
    databasePassword: secret(),
  };
}
