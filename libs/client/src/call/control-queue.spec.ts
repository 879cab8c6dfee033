import { describe, expect, it } from '@jest/globals';
import { ControlQueue, encodeMessage } from './control-queue.js';

describe('ControlQueue', () => {
  it('gives messages back in order, and of each turn only the newest position', () => {
    const queue = new ControlQueue();
    queue.add({ type: 'playback.position', turn: 2, playedMs: 100 }, 'p2-100');
    queue.add({ type: 'tool.result', toolCallId: 'a', result: 1 }, 'a');
    queue.add({ type: 'playback.position', turn: 2, playedMs: 350 }, 'p2-350');
    queue.add({ type: 'tool.result', toolCallId: 'c', result: 1 }, 'c');
    expect(queue.take()).toEqual(['a', 'c', 'p2-350']);
    expect(queue.take()).toEqual([]);
  });

  it('fails loudly rather than queue for ever', () => {
    const queue = new ControlQueue();
    const add = () => queue.add({ type: 'tool.result', toolCallId: 'a', result: 1 }, 'a');
    for (let index = 0; index < 64; index++) add();
    expect(add).toThrow(/Too many messages/);
    for (let turn = 1; turn < 1_000; turn++) queue.add({ type: 'playback.position', turn, playedMs: 0 }, `${turn}`);
    expect(queue.take()).toHaveLength(128);
  });

  it('keeps texts until they are acknowledged, whether they were sent or not, and gives them first', () => {
    const queue = new ControlQueue();
    queue.add({ type: 'tool.result', toolCallId: 'c', result: 1 }, 'c');
    for (const id of ['1', '2', '3']) queue.keepText(id, `text ${id}`, id !== '3');
    queue.forgetText('1');
    expect(queue.take()).toEqual(['text 2', 'text 3', 'c']);
    expect(queue.take()).toEqual(['text 2', 'text 3']);
  });

  it('goes on with a gateway that acknowledges no text, and fails loudly when too many wait', () => {
    const queue = new ControlQueue();
    for (let id = 1; id <= 65; id++) queue.keepText(`${id}`, `text ${id}`, true);
    expect(queue.take()).toHaveLength(64);
    expect(queue.take()[0]).toBe('text 2');
    expect(() => queue.keepText('66', 'text 66', false)).toThrow(/Too many messages/);
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
