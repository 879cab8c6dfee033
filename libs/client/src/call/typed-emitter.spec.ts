import { describe, expect, it } from '@jest/globals';
import { TypedEmitter } from './typed-emitter.js';

describe('TypedEmitter', () => {
  it('calls each listener until it is removed', () => {
    const emitter = new TypedEmitter<{ moved: number }>();
    const heard: number[] = [];
    const remove = emitter.on('moved', (value) => heard.push(value));
    emitter.on('moved', (value) => heard.push(value * 10));
    emitter.emit('moved', 1);
    remove();
    emitter.emit('moved', 2);
    expect(heard).toEqual([1, 10, 20]);
  });
});
