/** What goes into an image, and its bill of materials: by the real lockfile. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
type Entry = Record<string, unknown> & { version: string; name?: string };
type Closure = Map<string, { entry: Entry; dependencies: string[] }>;
interface ClosureModule {
  productionClosure(
    packages: Record<string, Entry>,
    roots: string[],
    isInstalled: (folder: string) => boolean,
  ): Closure;
}
interface Component {
  'bom-ref': string;
  purl: string;
  licenses?: unknown[];
  hashes?: { alg: string; content: string }[];
}
interface Bom {
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}
interface SbomModule {
  billOfMaterials(options: { service: string; version: string; closure: Closure }): Bom;
}
const load = async <T>(name: string) => (await import(join(root, 'deploy/images', name))) as T;
const { productionClosure } = await load<ClosureModule>('closure.mjs');
const { billOfMaterials } = await load<SbomModule>('sbom.mjs');
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Entry>;
};
const isInstalled = (folder: string) => existsSync(join(root, folder));
const services = readdirSync(join(root, 'services')).filter((name) =>
  existsSync(join(root, 'services', name, 'package.json')),
);

describe('productionClosure', () => {
  const lock = {
    'services/a': {
      version: '1.0.0',
      name: '@x/a',
      dependencies: { b: '1', '@x/lib': '1' },
      devDependencies: { tool: '1' },
    },
    'node_modules/@x/lib': { version: '1.0.0', link: true, resolved: 'libs/lib' },
    'libs/lib': { version: '1.0.0', name: '@x/lib', dependencies: { c: '1' } },
    'node_modules/b': {
      version: '1.0.0',
      dependencies: { c: '2' },
      peerDependencies: { peer: '1', maybe: '1' },
      peerDependenciesMeta: { maybe: { optional: true } },
      optionalDependencies: { native: '1' },
    },
    'node_modules/b/node_modules/c': { version: '2.0.0' },
    'node_modules/c': { version: '1.0.0' },
    'node_modules/peer': { version: '1.0.0' },
    'node_modules/maybe': { version: '1.0.0' },
    'node_modules/native': { version: '1.0.0' },
    'node_modules/tool': { version: '1.0.0' },
  } as unknown as Record<string, Entry>;

  it('takes dependencies and peers, each in the version that Node finds from there, and nothing for development', () => {
    const closure = productionClosure(lock, ['services/a'], (folder) => folder !== 'node_modules/native');
    expect([...closure.keys()]).toEqual([
      'libs/lib',
      'node_modules/b',
      'node_modules/b/node_modules/c',
      'node_modules/c',
      'node_modules/peer',
      'services/a',
    ]);
  });

  it('takes an optional package where it is installed', () => {
    expect([...productionClosure(lock, ['services/a'], () => true).keys()]).toContain('node_modules/native');
  });

  it('refuses what is not installed, by its name', () => {
    const incomplete = () => productionClosure(lock, ['services/a'], (folder) => folder !== 'node_modules/peer');
    expect(incomplete).toThrow('node_modules/b needs peer: it is not installed.');
  });
});

describe.each(services)('the image of %s', (service) => {
  const closure = productionClosure(packages, [`services/${service}`], isInstalled);

  it('holds no package that only builds or tests need', () => {
    const unwanted = [...closure.keys()].filter((folder) =>
      /node_modules\/(next|react|typescript|jest|nx|node|@google\/genai)$/.test(folder),
    );
    expect(unwanted).toEqual([]);
  });

  it('has a bill of materials with every package, its licence and its checksum', () => {
    const bom = billOfMaterials({ service, version: '1.0.0', closure });
    expect(bom.components).toHaveLength(closure.size);
    const references = new Set(bom.components.map((component) => component['bom-ref']));
    expect(references.size).toBe(closure.size);
    expect(
      bom.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((reference) => !references.has(reference)),
    ).toEqual([]);
    const foreign = bom.components.filter(({ purl }) => !purl.startsWith('pkg:npm/%40orbisvoice/'));
    expect(foreign.length).toBeGreaterThan(50);
    for (const { purl, hashes, licenses } of foreign) {
      expect(purl).toMatch(/^pkg:npm\/(%40[^/]+\/)?[^@/]+@\d/);
      expect(hashes?.[0]).toMatchObject({
        alg: 'SHA-512',
        content: expect.stringMatching(/^[0-9a-f]{128}$/),
      });
      expect([purl, licenses?.length]).toEqual([purl, 1]);
    }
  });
});

describe('the image of PgBouncer', () => {
  const start = (environment: Record<string, string>) =>
    spawnSync('sh', [join(root, 'deploy/images/pgbouncer/entrypoint.sh'), 'pgbouncer'], {
      env: { PATH: process.env['PATH'], PGBOUNCER_CONFIG_FILE: '/nowhere', ...environment },
      encoding: 'utf8',
    });

  it.each([
    [{}, 'POSTGRES_HOST is required.'],
    [{ POSTGRES_HOST: 'db', PGBOUNCER_PORT: '0x10' }, 'PGBOUNCER_PORT must be a whole number above 0, not "0x10".'],
    [{ POSTGRES_HOST: 'db' }, 'PGBOUNCER_USERS or PGBOUNCER_USERLIST_FILE is required.'],
    [
      { POSTGRES_HOST: 'db', PGBOUNCER_USERS: 'app:a"b' },
      'PGBOUNCER_USERS must be role:password pairs of letters, digits',
    ],
    [
      { POSTGRES_HOST: 'db', PGBOUNCER_USERS: 'app' },
      'PGBOUNCER_USERS must be role:password pairs, separated by spaces.',
    ],
  ])('refuses to start with %j and says why', (environment, sentence) => {
    const { status, stderr } = start(environment);
    expect([status, stderr]).toEqual([78, expect.stringContaining(`pgbouncer can't start: ${sentence}`)]);
  });
});

it('have the tag that the chart asks for, when nobody says otherwise', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const chart = readFileSync(join(root, 'charts/orbisvoice/Chart.yaml'), 'utf8');
  expect(/^appVersion: (.+)$/m.exec(chart)?.[1]).toBe(version);
  const usage = spawnSync(process.execPath, [join(root, 'scripts/build-images.mjs'), '--help'], { encoding: 'utf8' });
  expect(usage.stdout).toContain(`(default: ${version}, for the chart, and production, for Compose)`);
});
