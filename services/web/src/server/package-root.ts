import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The closest folder, from `folder` upwards, that holds a package.json. */
export function findPackageRoot(folder: string): string {
  for (let current = folder; ; current = dirname(current)) {
    if (existsSync(join(current, 'package.json'))) return current;
    if (current === dirname(current)) throw new Error(`There is no package.json above ${folder}.`);
  }
}
