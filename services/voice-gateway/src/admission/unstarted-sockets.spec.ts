import { beforeEach, describe, expect, it } from '@jest/globals';
import { UnstartedSockets, type UnstartedKind } from './unstarted-sockets.js';

let sockets: UnstartedSockets;
let evicted: string[];

beforeEach(() => {
  sockets = new UnstartedSockets({ maxUnstarted: 4, maxUnstartedPerAddress: 2 });
  evicted = [];
});

function enter(name: string, network: string, kind: UnstartedKind = 'new'): () => void {
  return sockets.enter({ kind, network, evict: () => evicted.push(name) });
}

describe('a socket that has not started a call', () => {
  it('takes the place of the oldest one of its own address when that has as many as it may', () => {
    for (const name of ['a1', 'a2', 'a3', 'a4']) enter(name, 'a');
    expect(evicted).toEqual(['a1', 'a2']);
    expect(sockets.count('new')).toBe(2);
  });

  it('takes the place of the oldest one of whoever holds the most when all places are taken', () => {
    enter('b1', 'b');
    enter('a1', 'a');
    enter('a2', 'a');
    enter('c1', 'c');
    enter('d1', 'd');
    expect(evicted).toEqual(['a1']);
    expect(sockets.count('new')).toBe(4);
  });

  it('takes the oldest place of all when every address holds as many', () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) enter(name, name);
    expect(evicted).toEqual(['a', 'b']);
  });

  it('gives its place back once, and not that of another one when it was evicted', () => {
    const leave = enter('a1', 'a');
    enter('a2', 'a');
    enter('a3', 'a');
    leave();
    leave();
    expect(sockets.count('new')).toBe(2);
  });

  it('never takes the place of one that comes back to its call, nor the other way round', () => {
    enter('resume', 'a', 'resume');
    for (let i = 0; i < 100; i++) enter(`new${i}`, `address ${i % 7}`);
    expect(evicted).not.toContain('resume');
    expect([sockets.count('new'), sockets.count('resume')]).toEqual([4, 1]);
  });
});
