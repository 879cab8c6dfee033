// Writes what is said of results from bench/results: the table in bench/README.md, and the figures in README.md's prose. With --check it
// only says whether either is stale.
import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const results = join(root, 'bench/results');
const LINE_WIDTH = 140;

await writePart('bench/README.md', 'results', await resultsTable());
await writePart('README.md', 'figures:hundred-calls', await figuresInProse());

async function writePart(page, mark, fresh) {
  const [begin, end] = [`<!-- ${mark} -->\n`, `<!-- /${mark} -->`];
  const text = await readFile(join(root, page), 'utf8');
  const [before, rest] = text.split(begin);
  const [written, after] = rest.split(end);
  if (!process.argv.includes('--check')) {
    await writeFile(join(root, page), `${before}${begin}\n${fresh}\n\n${end}${after}`);
    execFileSync(join(root, 'node_modules/.bin/oxfmt'), [page], { cwd: root });
  } else if (words(written) !== words(fresh)) {
    process.stderr.write(`${page} is stale: run \`npm run generate\`.\n`);
    process.exitCode = 1;
  }
}

async function resultsTable() {
  const names = (await readdir(results)).filter((name) => name.endsWith('.json')).toSorted();
  const rows = await Promise.all(names.map(async (name) => resultRow(name, await readResult(name.slice(0, -5)))));
  return [['Result', 'Claim', 'Measured', 'Limit', 'Reached', 'On'], Array(6).fill('---'), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}

async function figuresInProse() {
  const [{ details: hundred }, memory, drain, soak] = await Promise.all(
    ['hundred-calls', 'memory', 'drain', 'soak'].map((name) => readResult(name)),
  );
  const lost = hundred.gateways.reduce((sum, { framesLost }) => sum + framesLost, 0);
  const ms = (percentile) => `${median(hundred.gateways.map((each) => each[percentile])).toFixed(1)} ms ${percentile}`;
  const held = drain.details.calls + drain.details.vanished;
  return wrapped([
    `${hundred.calls} calls at once through one gateway process, ${hundred.frameMs} ms frames, gateway, provider and callers sharing two`,
    `cores: ${counted(lost, 'frame')} lost; round trip through gateway and echoing provider ${ms('p50')}, ${ms('p95')}, ${ms('p99')},`,
    `nothing subtracted. CPU per call: ${hundred.cpuRatio} times a bare relay that does the same JSON and base64 work (median of`,
    `${hundred.ratios.length} interleaved pairs).`,
    `A call takes ${memory.value} kB of the gateway's memory (at ${memory.details.calls} calls). A gateway with ${held} calls that is told`,
    `to stop hands them to another one with a gap of ${(drain.value / 1000).toFixed(2)} s (p95) and ${counted(drain.details.lost, 'call')}`,
    `lost; ${soak.details.calls} calls that spoke for 30 minutes lost ${counted(soak.details.lost, 'exchange')} of`,
    `${soak.details.exchanges.toLocaleString('en')}. Every claim, whether it was reached, and how it is measured: [bench](bench/README.md).`,
  ]);
}

async function readResult(name) {
  return JSON.parse(await readFile(join(results, `${name}.json`), 'utf8'));
}

function resultRow(name, { title, value, unit, limit, pass, measuredAt, machine }) {
  const on = `${measuredAt.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, Node ${machine.node.slice(1)}`;
  const measured = `${value.toLocaleString('en')} ${unit}`;
  return [`[${name.slice(0, -5)}](results/${name})`, title, measured, limit, pass ? 'yes' : 'no', on].map(escaped);
}

function wrapped(parts) {
  const lines = [''];
  for (const word of parts.join(' ').split(' ')) {
    const line = `${lines.at(-1)} ${word}`.trimStart();
    if (line.length > LINE_WIDTH) lines.push(word);
    else lines[lines.length - 1] = line;
  }
  return lines.join('\n');
}

function counted(count, noun) {
  return `${count === 0 ? 'no' : count.toLocaleString('en')} ${noun}${count === 1 || count === 0 ? '' : 's'}`;
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function escaped(cell) {
  return cell.replaceAll('|', '\\|');
}

/** A formatter may have its way with a table and with lines. */
function words(part) {
  return part.replaceAll(/-{3,}/g, '---').replaceAll(/\s+/g, ' ').trim();
}
