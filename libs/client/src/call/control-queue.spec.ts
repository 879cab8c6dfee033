import { describe, expect, it } from '@jest/globals';
import { ControlQueue, encodeMessage } from './control-queue.js';

describe('ControlQueue', () => {
  it('gives messages back in order, and of each turn only the newest position', () => {
    const queue = new ControlQueue();
    queue.add({ type: 'playback.position', turn: 2, playedMs: 100 }, 'p2-100');
    queue.add({ type: 'input.text', text: 'a' }, 'a');
    queue.add({ type: 'playback.position', turn: 2, playedMs: 350 }, 'p2-350');
    queue.add({ type: 'tool.result', toolCallId: 'c', result: 1 }, 'c');
    expect(queue.take()).toEqual(['a', 'c', 'p2-350']);
    expect(queue.take()).toEqual([]);
  });

  it('fails loudly rather than queue for ever', () => {
    const queue = new ControlQueue();
    for (let index = 0; index < 64; index++) queue.add({ type: 'input.text', text: 'a' }, 'a');
    expect(() => queue.add({ type: 'input.text', text: 'a' }, 'a')).toThrow(/Too many messages/);
    for (let turn = 1; turn < 1_000; turn++) queue.add({ type: 'playback.position', turn, playedMs: 0 }, `${turn}`);
    expect(queue.take()).toHaveLength(128);
  });
});

function result(letter: string) {
  return { type: 'tool.result', toolCallId: 'c', result: letter.repeat(40_000) } as const;
}

describe('encodeMessage', () => {
  it('measures bytes, not characters', () => {
    expect(encodeMessage(result('a'), 'result')).toContain('aaa');
    expect(() => encodeMessage(result('ä'), 'result')).toThrow('The result is larger than 64 KiB.');
  });
});
