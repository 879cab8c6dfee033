/** What the JavaScript heap of this process holds, by constructor: counts and own sizes from a heap snapshot. */
import { getHeapSnapshot } from 'node:v8';

export interface HeapEntry {
  name: string;
  count: number;
  bytes: number;
}

interface Snapshot {
  snapshot: { meta: { node_fields: string[]; node_types: [string[], ...unknown[]] } };
  nodes: number[];
  strings: string[];
}

/** Objects by their constructor, everything else by its kind. Largest first. */
export async function heapByConstructor(): Promise<HeapEntry[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of getHeapSnapshot()) chunks.push(chunk as Buffer);
  const { snapshot, nodes, strings } = JSON.parse(Buffer.concat(chunks).toString()) as Snapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, name, size] = [fields.indexOf('type'), fields.indexOf('name'), fields.indexOf('self_size')];
  const entries = new Map<string, HeapEntry>();
  for (let i = 0; i < nodes.length; i += fields.length) {
    const kind = types[0][nodes[i + type]!]!;
    const label = kind === 'object' || kind === 'native' ? strings[nodes[i + name]!]! : `(${kind})`;
    const entry = entries.get(label) ?? { name: label, count: 0, bytes: 0 };
    entry.count += 1;
    entry.bytes += nodes[i + size]!;
    entries.set(label, entry);
  }
  return [...entries.values()].toSorted((a, b) => b.bytes - a.bytes);
}
