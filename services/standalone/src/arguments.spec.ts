import { describe, expect, it } from '@jest/globals';
import { parseArguments, USAGE } from './arguments.js';
import { standaloneConfig } from './config.js';
import { PORT_VARIABLES } from './ports.js';

describe('arguments of npm start', () => {
  it('are optional', () => {
    expect(parseArguments([])).toEqual({ fresh: false, help: false });
    expect(parseArguments(['--fresh'])).toEqual({ fresh: true, help: false });
  });

  it.each(['fresh', '--Fresh', '--fresh=yes', '-h', ''])('name the one that is not known: "%s"', (argument) => {
    expect(() => parseArguments(['--fresh', argument])).toThrow(`There is no argument "${argument}": use --fresh`);
  });
});

describe('the help', () => {
  it('names every port with the default that the configuration has', () => {
    const { ports } = standaloneConfig.load({});
    for (const [door, variable] of Object.entries(PORT_VARIABLES)) {
      expect(USAGE).toMatch(new RegExp(`${variable} .*\\(${ports[door as keyof typeof ports]}\\)`));
    }
  });
});
