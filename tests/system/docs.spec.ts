/** The written pages say what is: paths, commands, links, variables, routes and messages in them are held against the code. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { clientMessage, gatewayMessage } from '@orbisvoice/client/protocol/messages';
import { ConfigError, type ConfigDefinition, type Environment } from '@orbisvoice/service-kit/config';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const EXCLUDED = ['node_modules', 'dist', 'out', '.next', '.nx', '.git', '.orbisvoice'];
const filesLike = (pattern: string) =>
  globSync(pattern, { cwd: root, exclude: (path) => EXCLUDED.includes(basename(path)) });

const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'bench/README.md',
  ...filesLike('docs/**/*.md'),
].toSorted();
const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
const CONFIGURATION = 'docs/configuration.md';

const withoutCode = (text: string) => text.replaceAll(/^```[\s\S]*?^```$/gm, '');
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? match[0]);
/** What stands in single backticks. */
const inlineCode = (page: string) => matches(withoutCode(read(page)), /`([^`\n]+)`/g);

/** Blocks that a reader pastes into a shell. */
const shellBlocks = (page: string) => matches(read(page), /^```(?:sh|bash|shell|zsh|fish)\n([\s\S]*?)\n```$/gm);
/** CI has more of them; every machine has this one. */
const shells = (process.env['TEST_SHELLS'] ?? 'bash').split(' ');

describe.each(pages)('%s', (page) => {
  it('has commands that paste into bash, zsh and fish', () => {
    const lines = shellBlocks(page).flatMap((block) => block.split('\n'));
    // In an interactive zsh a comment is an argument, and in fish only `export` assigns as elsewhere.
    const comments = lines.filter((line) => /(?:^|\s)#/.test(line));
    const assignments = lines.filter((line) => /^\w+=(?:\S*|"[^"]*"|'[^']*')$/.test(line));
    const ofOneShell = lines.filter((line) => /<<|^\s*(?:if|for|while|case|function)\b|`|\$\?|\[\[/.test(line));
    expect({ comments, assignments, ofOneShell }).toEqual({ comments: [], assignments: [], ofOneShell: [] });
    for (const shell of shells)
      for (const block of shellBlocks(page)) {
        const { status, stderr } = spawnSync(shell, ['-n', '-c', block], { encoding: 'utf8' });
        expect({ shell, block, status, stderr }).toEqual({ shell, block, status: 0, stderr: '' });
      }
  });

  it('names only files and folders that exist', () => {
    const missing = inlineCode(page).filter((code) => looksLikePath(code) && !pathExists(code));
    expect(missing).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const named = matches(read(page), /\bnpm run ([\w:-]+)/g).filter((name) => !name.startsWith('-'));
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    const proofs = matches(read(page), /\bnpm run prove -- ([\w-]+)/g);
    expect(proofs.filter((name) => !existsSync(join(root, `bench/src/proofs/${name}.ts`)))).toEqual([]);
  });

  it('links only to pages and headings that exist', () => {
    const broken = matches(withoutCode(read(page)), /\]\(([^)\s]+)\)/g).filter((link) => !resolves(page, link));
    expect(broken).toEqual([]);
  });

  it('imports only modules that exist', () => {
    const imported = matches(read(page), /\bfrom '(@orbisvoice\/[^']+)'/g);
    expect(imported.filter((specifier) => !moduleExists(specifier))).toEqual([]);
  });

  it('names only variables that are documented', () => {
    const known = new Set(sections.flatMap(({ rows }) => rows.map(({ name }) => name)));
    const named = inlineCode(page).flatMap((code) => matches(code, /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?==|$)/g));
    const bare = (name: string) => services.flatMap(({ prefix }) => name.split(`${prefix}_`)[1] ?? []);
    const unknown = named.filter((name) => ![name, ...bare(name)].some((each) => known.has(each)));
    expect(unknown).toEqual([]);
  });
});

describe('README.md', () => {
  it('has exactly two commands for setting up', () => {
    expect(matches(read('README.md'), /npm (?:ci|i|install)\b[^#`\n]*/g).map((command) => command.trim())).toEqual([
      'npm ci && npm start',
      'npm ci && npm test',
    ]);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['start', 'test']));
  });
});

describe('the Node that is needed', () => {
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
  const [minimum] = matches(engines.node, /^>=(\d+\.\d+)\.0$/g);

  it('is the one that README.md and CONTRIBUTING.md name', () => {
    expect(read('README.md')).toContain(`Node ${minimum} or newer`);
    expect(read('CONTRIBUTING.md')).toContain(`Any Node from ${minimum} on`);
  });

  it('is enough for every package that npm ci installs', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { engines?: { node?: string }; optional?: boolean }>;
    };
    expect(packages['']!.engines).toEqual(engines);
    const newer = Object.entries(packages).flatMap(([name, { engines: needed }]) => {
      // Of alternatives, such as "^20.19.0 || >=22.12.0", one is enough.
      const lowest = (needed?.node ?? '*')
        .split('||')
        .map((range) => /^\s*(?:>=|\^|~|v)?\s*(\d+)(?:\.(\d+))?/.exec(range));
      const enough = lowest.some((found) => !found || !isNewer(found, minimum!));
      return enough ? [] : [`${name}: ${needed!.node}`];
    });
    expect(newer).toEqual([]);
  });

  function isNewer([, major, minor = '0']: RegExpExecArray, than: string): boolean {
    const [thanMajor, thanMinor] = than.split('.').map(Number) as [number, number];
    return Number(major) > thanMajor || (Number(major) === thanMajor && Number(minor) > thanMinor);
  }
});

describe('ARCHITECTURE.md', () => {
  it('follows a call from the socket to the stored turn in at most eight hops, each with its file', () => {
    const walk = /^## One call[^\n]*\n([\s\S]*?)^## /m.exec(read('ARCHITECTURE.md'))?.[1] ?? '';
    const hops = walk.split(/^\d+\. /m).slice(1);
    expect(hops.length).toBeGreaterThan(0);
    expect(hops.length).toBeLessThanOrEqual(8);
    for (const hop of hops) expect(hop).toMatch(/`services\/[^`]+\.ts`/);
  });
});

describe('docs/api.md and README.md', () => {
  const { paths } = JSON.parse(read('docs/openapi.json')) as { paths: Record<string, Record<string, unknown>> };

  it.each(['docs/api.md', 'README.md'])('%s names only routes that the OpenAPI document has', (page) => {
    const routes = inlineCode(page).flatMap((code) => {
      const [, method, path] = /^(GET|POST|PUT|PATCH|DELETE) (\/\S*)$/.exec(code) ?? [];
      return method && path ? [{ method, path }] : [];
    });
    expect(routes.length).toBeGreaterThan(0);
    expect(routes.filter(({ method, path }) => !paths[path]?.[method.toLowerCase()])).toEqual([]);
    const requested = matches(read(page), /"\$API(\/[^"?]*)/g).map((path) => path.replace('$AGENT', '{id}'));
    expect(requested.filter((path) => !(path in paths))).toEqual([]);
  });
});

describe('docs/voice-protocol.md', () => {
  it('shows only messages that the protocol has, with all their fields', () => {
    const shown = [...read('docs/voice-protocol.md').matchAll(/^(->|<-) (\{.*\})$/gm)];
    expect(shown.length).toBeGreaterThan(20);
    const wrong = shown.filter(([, direction, json]) => {
      const schema = direction === '->' ? clientMessage : gatewayMessage;
      return !schema.safeParse(JSON.parse(json!)).success;
    });
    expect(wrong.map(([line]) => line)).toEqual([]);
  });
});

// docs/configuration.md: a section per service (or several, or all), in it a table of variables.

interface Row {
  name: string;
  /** Undefined: no fixed value. */
  defaultValue: string | undefined;
  required: boolean;
  example: string;
}

const sections = read(CONFIGURATION)
  .split(/^## /m)
  .slice(1)
  .map((section) => ({ title: section.split('\n')[0]!, text: section, rows: rowsOf(section) }));
const services = await loadServices();

function rowsOf(section: string): Row[] {
  const cells = matches(section, /^\| (`\w+` .*) \|$/gm).map((line) => line.split(' | ').map((cell) => cell.trim()));
  return cells.map(([name, given, , example]) => ({
    name: withoutTicks(name)!,
    defaultValue: withoutTicks(given),
    required: given!.startsWith('required'),
    example: withoutTicks(example)!,
  }));
}

function withoutTicks(cell: string | undefined): string | undefined {
  return /^`(.*)`$/.exec(cell ?? '')?.[1];
}

function documentedFor(service: string): Row[] {
  const title = service === 'standalone' ? 'npm start' : service;
  const general = service === 'standalone' ? [] : ['All services'];
  return sections
    .filter((section) => general.includes(section.title) || section.title.split(', ').includes(title))
    .flatMap(({ rows }) => rows);
}

interface Service {
  service: string;
  prefix: string;
  load(environment: Environment): unknown;
  /** Without prefix. */
  variables: string[];
}

async function loadServices(): Promise<Service[]> {
  const files = filesLike('services/*/src/**/config.ts').filter((file) => /defineConfig\(/.test(read(file)));
  return await Promise.all(
    files.map(async (file) => {
      const module = (await import(join(root, file))) as Record<string, unknown>;
      const definition = Object.values(module).find(isDefinition);
      if (!definition) throw new Error(`${file} exports no configuration`);
      const { prefix } = definition;
      const load = (environment: Environment) => definition.load(environment);
      return { service: file.split('/')[1]!, prefix, load, variables: variablesOf(definition) };
    }),
  );
}

function isDefinition(value: unknown): value is ConfigDefinition<unknown> {
  return typeof value === 'object' && value !== null && 'prefix' in value && 'load' in value;
}

/** What a service asks its environment for. */
function variablesOf({ prefix, load }: ConfigDefinition<unknown>): string[] {
  const asked = new Set<string>();
  // `api` looks at API_HOST first and passes on a copy unless it is an address.
  const given: Environment = { API_HOST: '127.0.0.1' };
  const environment = new Proxy(given, {
    get(target, name) {
      asked.add(String(name));
      return Reflect.get(target, name) as string | undefined;
    },
  });
  try {
    load(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
  }
  // Each is asked for with the prefix and, unless it is there, without. npm's own, in lower case, are nobody's to set.
  return [...asked]
    .filter((name) => name.startsWith(`${prefix}_`))
    .map((name) => name.slice(prefix.length + 1))
    .filter((name) => (asked.has(name) || given[`${prefix}_${name}`] !== undefined) && name === name.toUpperCase());
}

describe(CONFIGURATION, () => {
  it('has a section for every service', () => {
    expect(services.map(({ service }) => service).toSorted()).toEqual(
      filesLike('services/*')
        .map((folder) => basename(folder))
        .toSorted(),
    );
  });

  it.each(services)('documents exactly the variables that $service reads', ({ service, variables }) => {
    const documented = documentedFor(service).map(({ name }) => name);
    expect(documented.toSorted()).toEqual(variables.toSorted());
  });

  it.each(services)('says which variables $service requires, with examples that it takes', ({ service, load }) => {
    const rows = documentedFor(service);
    const required = rows.filter((row) => row.required);
    for (const row of rows) load({ ...toEnvironment(required), ...toEnvironment([row]) });
    for (const left of required) {
      expect(() => load(toEnvironment(required.filter((row) => row !== left)))).toThrow(`${left.name} is required.`);
    }
  });

  it.each(services)('gives the defaults that $service has', ({ service, load }) => {
    const rows = documentedFor(service);
    const required = toEnvironment(rows.filter((row) => row.required));
    for (const { name, defaultValue } of rows) {
      if (defaultValue === undefined) continue;
      const given = { name, config: load({ ...required, [name]: defaultValue }) };
      expect(given).toEqual({ name, config: load(required) });
    }
  });

  it('documents what the migrations and the tests read', () => {
    const named = (title: string) => sections.find((section) => section.title === title)!.rows.map(({ name }) => name);
    const readBy = (files: string[], pattern: RegExp) => [
      ...new Set(files.flatMap((file) => matches(read(file), pattern)).toSorted()),
    ];
    const migrate = readBy(['scripts/migrate.mjs'], /process\.env\.(\w+)/g);
    expect(named('npm run migrate').toSorted()).toEqual(migrate);
    const tests = [...filesLike('{libs,services}/*/{src,test,test-real}/**/*.ts'), ...filesLike('tests/**/*.ts')];
    expect(named('Tests').toSorted()).toEqual(readBy(tests, /\b(?:env|environment)(?:\.|\[')(TEST_[A-Z_]+)/g));
  });
});

function toEnvironment(rows: Row[]): Environment {
  return Object.fromEntries(rows.map(({ name, example }) => [name, example]));
}

const MEDIA_TYPE = /^(application|audio|text)\/[a-z+-]+$/;
const CIDR = /^[\d.]+\/\d+/;
const FILE_NAME = /^[\w.-]+\.(ts|tsx|mjs|json|md|proto|yaml)$/;

function looksLikePath(code: string): boolean {
  if (/[\s:{}()"'=,$]/.test(code) || code.startsWith('/') || MEDIA_TYPE.test(code)) return false;
  if (code.startsWith('.orbisvoice') || CIDR.test(code)) return false;
  if (code.startsWith('@')) return code.startsWith('@orbisvoice/');
  return code.includes('/') || FILE_NAME.test(code);
}

/** A path from the root; one that begins with src/ or test/ is in some service or library; a bare file name is anywhere. */
function pathExists(code: string): boolean {
  if (code.startsWith('@')) return moduleExists(code);
  const path = code.replace(/\/$/, '').split(/\/?[^/]*[<*]/)[0]!; // up to a placeholder such as <service>
  if (path === '') return true;
  if (existsSync(join(root, path))) return true;
  if (/^(src|test)(\/|$)/.test(path)) return filesLike(`{libs,services}/*/${path}`).length > 0;
  return (
    !path.includes('/') &&
    filesLike(`{*,{services,libs,bench,tests,scripts,docs,proto/orbisvoice}/**/${path}}`).some(
      (file) => basename(file) === path,
    )
  );
}

/** @orbisvoice/client/node/node-voice -> libs/client/src/node/node-voice.ts; without a file, the package. */
function moduleExists(specifier: string): boolean {
  const [, name, ...rest] = specifier.split('/');
  const folders = ['libs', 'services'].map((parent) => join(root, parent, name!));
  return folders.some((folder) => existsSync(rest.length === 0 ? folder : join(folder, 'src', `${rest.join('/')}.ts`)));
}

function resolves(page: string, link: string): boolean {
  if (/^(https?|mailto):/.test(link)) return true;
  const [path = '', heading] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, target))) return false;
  return heading === undefined || headingsOf(target).includes(heading);
}

/** As GitHub makes anchors of headings. */
function headingsOf(page: string): string[] {
  return matches(withoutCode(read(page)), /^#{1,6} (.+)$/gm).map((title) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
}
