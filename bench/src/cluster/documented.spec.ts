import { describe, expect, it } from '@jest/globals';
import { blocksOf } from './documented.js';

describe('procedures in the docs', () => {
  it.each([
    ['backup.md', 'Backup and restore', 'generated-secret.json'],
    ['backup.md', 'Internal Postgres', 'pg_dump'],
    ['backup.md', 'Restore', 'paused=true'],
    ['scaling.md', 'By hand', 'minReplicas'],
    ['scaling.md', 'After kubectl scale', '--force-conflicts'],
    ['upgrade.md', 'Upgrade', 'helm upgrade'],
    ['upgrade.md', 'Roll back', 'helm rollback'],
    ['upgrade.md', 'Secrets', 'rollout restart'],
    ['uninstall.md', 'Uninstall', 'helm uninstall'],
    ['uninstall.md', 'And its data', 'delete pvc'],
  ])('%s has commands under "%s"', async (page, heading, command) => {
    expect((await blocksOf(page, heading)).join('\n')).toContain(command);
  });

  it('are without the indentation that a list gives them, and all of their section', async () => {
    const blocks = await blocksOf('backup.md', 'Restore');
    expect(blocks.map((block) => block.split(' ')[0])).toEqual(['kubectl', 'helm', 'kubectl', 'helm']);
  });

  it('that a page no longer has are an error', async () => {
    await expect(blocksOf('upgrade.md', 'Sideways')).rejects.toThrow('no commands under "Sideways"');
  });
});
