/** skaffold.yaml against Skaffold's own schema, the Tiltfile by a Starlark interpreter (both need Go). Neither tool itself runs here. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';

const SKAFFOLD = 'github.com/GoogleContainerTools/skaffold/v2@v2.16.1';
const STARLARK = 'go.starlark.net/cmd/starlark@v0.0.0-20260908191801-89a6a09411d5';
const TIMEOUT_MS = 600_000;

const root = join(import.meta.dirname, '../..');
const { parse } = createRequire(import.meta.url)('yaml') as { parse(text: string): unknown };
const readYaml = <T>(path: string) => parse(readFileSync(join(root, path), 'utf8')) as T;
/** `standalone` has no place in a cluster. */
const services = readdirSync(join(root, 'services'))
  .filter((name) => name !== 'standalone' && existsSync(join(root, 'services', name, 'package.json')))
  .toSorted();
const images = [...services, 'pgbouncer'].map((name) => `orbisvoice-${name}`).toSorted();

interface Artifact {
  image: string;
  context?: string;
  docker?: { dockerfile: string; buildArgs: { SERVICE: string } };
  sync?: { manual: { src: string; dest: string }[] };
}
interface Release {
  chartPath: string;
  valuesFiles: string[];
  setValueTemplates: Record<string, string>;
}
interface Skaffold {
  apiVersion: string;
  build: { artifacts: Artifact[] };
  deploy: { helm: { releases: Release[] } };
  profiles: { name: string; patches?: { op: string; path: string; value?: string }[] }[];
}

describe('skaffold.yaml', () => {
  const skaffold = readYaml<Skaffold>('skaffold.yaml');
  const release = skaffold.deploy.helm.releases[0]!;

  it(
    'is what the schema of its version allows',
    () => {
      const { Dir } = JSON.parse(execFileSync('go', ['mod', 'download', '-json', SKAFFOLD], { encoding: 'utf8' })) as {
        Dir: string;
      };
      const version = skaffold.apiVersion.split('/')[1];
      const schema = readFileSync(join(Dir, `docs-v2/content/en/schemas/${version}.json`), 'utf8');
      const validate = new Ajv({ strict: false }).compile(JSON.parse(schema) as object);
      expect(validate({ ...skaffold, bild: {} })).toBe(false);
      expect([validate(skaffold), validate.errors]).toEqual([true, null]);
    },
    TIMEOUT_MS,
  );

  it('builds every image and hands each to the chart', () => {
    const { artifacts } = skaffold.build;
    expect(artifacts.map(({ image }) => image).toSorted()).toEqual(images);
    for (const { image, context = '.', docker } of artifacts) {
      expect(existsSync(join(root, context, docker?.dockerfile ?? 'Dockerfile'))).toBe(true);
      if (docker) expect(`orbisvoice-${docker.buildArgs.SERVICE}`).toBe(image);
      const variable = `{{.IMAGE_TAG_${image.replaceAll('-', '_')}}}`;
      expect(Object.values(release.setValueTemplates)).toContain(variable);
    }
  });

  it('names only sections that the chart has, and files that there are', () => {
    const values = readYaml<Record<string, unknown>>(`${release.chartPath}/values.yaml`);
    const sections = Object.keys(release.setValueTemplates).map((key) => key.split('.')[0]!);
    expect(sections.filter((section) => !(section in values))).toEqual([]);
    const valuesInProfiles = skaffold.profiles.flatMap(({ patches = [] }) =>
      patches.flatMap(({ path, value }) => (path.includes('valuesFiles') ? [value!] : [])),
    );
    for (const file of [...release.valuesFiles, ...valuesInProfiles])
      expect([file, existsSync(join(root, file))]).toEqual([file, true]);
  });

  it('builds with the image of production in the profile prod, without anything to copy into pods', () => {
    const patches = skaffold.profiles.find(({ name }) => name === 'prod')!.patches!;
    for (const [index, { docker }] of skaffold.build.artifacts.entries()) {
      if (!docker) continue;
      expect(patches).toContainEqual({
        op: 'replace',
        path: `/build/artifacts/${index}/docker/dockerfile`,
        value: 'Dockerfile',
      });
      expect(patches).toContainEqual({ op: 'remove', path: `/build/artifacts/${index}/sync` });
    }
  });
});

/** The functions of Tilt that the Tiltfile calls: each prints what it was called with. */
const TILT = `
def _call(name, args, kwargs):
    print(json.encode({"name": name, "args": args, "kwargs": kwargs}))
    return [name] + list(args)
${['docker_build', 'helm', 'k8s_resource', 'local_resource', 'allow_k8s_contexts', 'sync', 'fall_back_on']
  .map((name) => `def ${name}(*args, **kwargs):\n    return _call("${name}", list(args), kwargs)\n`)
  .join('')}
def blob(text):
    return text
def k8s_yaml(*args, **kwargs):
    return _call("k8s_yaml", [str(arg) for arg in args], kwargs)
`;

describe('Tiltfile', () => {
  interface Call {
    name: string;
    args: string[];
    kwargs: Record<string, unknown>;
  }
  const folder = mkdtempSync(join(tmpdir(), 'orbisvoice-tilt-'));
  const calls = (): Call[] => {
    const file = join(folder, 'Tiltfile.star');
    writeFileSync(file, `${TILT}\n${readFileSync(join(root, 'Tiltfile'), 'utf8')}`);
    const { stderr } = run(['run', STARLARK, '-globalreassign', file]);
    return stderr
      .split('\n')
      .flatMap((line) => (line.includes('{"args"') ? [JSON.parse(line.slice(line.indexOf('{'))) as Call] : []));
  };

  it(
    'builds every image from files that there are, and installs the chart with values that there are',
    () => {
      const made = calls();
      rmSync(folder, { recursive: true });
      const named = (name: string) => made.filter((call) => call.name === name);
      expect(
        named('docker_build')
          .map(({ args }) => args[0]!)
          .toSorted(),
      ).toEqual(images);
      for (const { args, kwargs } of named('docker_build')) {
        expect(existsSync(join(root, (kwargs['dockerfile'] as string) ?? join(args[1]!, 'Dockerfile')))).toBe(true);
      }
      for (const { args } of named('sync')) expect(args[1]).toBe(`/app${args[0]!.slice(1)}`);
      const { args, kwargs } = named('helm')[0]!;
      expect([args[0]!, ...(kwargs['values'] as string[])].every((path) => existsSync(join(root, path)))).toBe(true);
      expect(
        named('k8s_resource')
          .map((call) => call.args[0]!)
          .toSorted(),
      ).toEqual(services.map((name) => `orbisvoice-${name}`));
    },
    TIMEOUT_MS,
  );
});

/** Starlark prints to standard error. */
function run(args: string[]): { stderr: string } {
  const script = 'exec go "$@" 2>&1';
  return { stderr: execFileSync('sh', ['-c', script, 'sh', ...args], { encoding: 'utf8' }) };
}
