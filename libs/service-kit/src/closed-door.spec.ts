import { describe, expect, it } from '@jest/globals';
import { explainClosedDoor } from './closed-door.js';

describe('a port that a service can not open', () => {
  it.each([
    ['EADDRINUSE', 4010, /^Port 4010 is in use: stop what listens there, or set .*PORT.* to another one\.$/],
    ['EACCES', 80, /^This user may not open port 80: set .*PORT.* to one above 1023\.$/],
  ])('%s is told in one sentence', (code, port, sentence) => {
    expect(explainClosedDoor(Object.assign(new Error('listen'), { code, port }))).toMatch(sentence);
  });

  it.each([new Error('other'), Object.assign(new Error('file'), { code: 'EACCES', path: '/x' }), undefined, 'text'])(
    'is not: %s',
    (error) => expect(explainClosedDoor(error)).toBeUndefined(),
  );
});
