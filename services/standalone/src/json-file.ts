/** Small files in the data folder, readable by their owner only and never half-written. */
import { readFile, rename, writeFile } from 'node:fs/promises';

/** Undefined when there is none. @throws SyntaxError when it is not JSON */
export async function readJsonFile(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : JSON.parse(text);
}

export async function writeJsonFile(file: string, content: object): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(content, null, 2), { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}
