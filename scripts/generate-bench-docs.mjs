// Writes the table of results in bench/README.md from bench/results; with --check it only says whether that table is stale.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const BEGIN = '<!-- results -->\n';
const END = '<!-- /results -->';
const bench = join(import.meta.dirname, '../bench');
const file = join(bench, 'README.md');

const text = await readFile(file, 'utf8');
const [before, rest] = text.split(BEGIN);
const [written, after] = rest.split(END);
const fresh = await resultsTable();

if (!process.argv.includes('--check')) await writeFile(file, `${before}${BEGIN}\n${fresh}\n\n${END}${after}`);
else if (cells(written) !== cells(fresh)) {
  process.stderr.write('bench/README.md is stale: run `npm run generate`.\n');
  process.exitCode = 1;
}

async function resultsTable() {
  const names = (await readdir(join(bench, 'results'))).filter((name) => name.endsWith('.json')).toSorted();
  const rows = await Promise.all(names.map(async (name) => resultRow(name, await readResult(name))));
  return [['Result', 'Claim', 'Measured', 'Limit', 'Reached', 'On'], Array(6).fill('---'), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}

async function readResult(name) {
  return JSON.parse(await readFile(join(bench, 'results', name), 'utf8'));
}

function resultRow(name, { title, value, unit, limit, pass, measuredAt, machine }) {
  const on = `${measuredAt.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, Node ${machine.node.slice(1)}`;
  const measured = `${value.toLocaleString('en')} ${unit}`;
  return [`[${name.slice(0, -5)}](results/${name})`, title, measured, limit, pass ? 'yes' : 'no', on].map(escaped);
}

function escaped(cell) {
  return cell.replaceAll('|', '\\|');
}

/** A formatter may have its way with the table. */
function cells(table) {
  return table.replaceAll(/-{3,}/g, '---').replaceAll(/\s+/g, ' ').trim();
}
