import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table, type Proof } from '../proof.js';

/** From dist/proofs. */
const ROOT = join(import.meta.dirname, '../../..');
const SPECS = 'tests/real/(dependencies-away|bad-networks)';

/** What jest writes with --json. */
interface TestRun {
  /** Also false when a file could not be run. */
  success: boolean;
  numTotalTests: number;
  numPassedTests: number;
  testResults: { assertionResults: { fullName: string; status: string }[] }[];
}

export const dependencies: Proof = {
  name: 'dependencies',
  title:
    'Each dependency is away for 30 s in mid-call, each network is bad: no word, turn or tool run is lost or doubled',
  async run({ setting, print }) {
    const outageMs = setting('outage-ms', 30_000, 8_000);
    const run = await runTests(outageMs);
    const tests = run.testResults.flatMap(({ assertionResults }) => assertionResults);
    print(table([['result', 'what'], ...tests.map(({ fullName, status }) => [status, fullName])]));
    return {
      value: run.numTotalTests - run.numPassedTests,
      unit: 'outages and networks that cost something',
      limit: '0',
      pass: run.success && run.numPassedTests === run.numTotalTests,
      details: { outageMs, tests: tests.map(({ fullName, status }) => ({ name: fullName, status })) },
    };
  },
};

/** The tests of the real processes, with their own rig. They say which programs they need. */
async function runTests(outageMs: number): Promise<TestRun> {
  const folder = await mkdtemp(join(tmpdir(), 'orbisvoice-proof-'));
  const report = join(folder, 'report.json');
  try {
    const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
    const options = ['--runInBand', '--selectProjects', 'real', '--testPathPatterns', SPECS];
    const child = spawn(
      process.execPath,
      ['--experimental-vm-modules', '--no-warnings', jest, ...options, '--json', '--outputFile', report],
      {
        cwd: ROOT,
        env: { ...process.env, TEST_OUTAGE_MS: String(outageMs) },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    await once(child, 'exit');
    return JSON.parse(await readFile(report, 'utf8')) as TestRun;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
