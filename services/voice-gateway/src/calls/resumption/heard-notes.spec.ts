import { describe, expect, it } from '@jest/globals';
import { heardNote, HeardNotes } from './heard-notes.js';

/** A model that takes notes, or does not. */
class Model {
  readonly told: string[] = [];

  constructor(private readonly takesNotes = true) {}

  note = (text: string): boolean => {
    if (this.takesNotes) this.told.push(text);
    return this.takesNotes;
  };
}

describe('notes about interrupted answers', () => {
  it('are told once', () => {
    const notes = new HeardNotes();
    const model = new Model();
    notes.add('Once upon a time');
    expect(notes.isWaiting).toBe(true);
    notes.tell(1_000, model.note);
    notes.tell(2_000, model.note);
    expect(model.told).toEqual(['(The caller interrupted you and heard only this of your answer: "Once upon a time")']);
    expect(notes.isWaiting).toBe(false);
  });

  it('are told again to a session that was taken up from before them', () => {
    const notes = new HeardNotes();
    const model = new Model();
    notes.add('one');
    notes.tell(1_000, model.note);
    notes.covered(1_500); // a handle that was made too soon to know
    notes.reattached(false);
    notes.tell(2_000, model.note);
    notes.covered(5_000);
    notes.reattached(false);
    notes.tell(6_000, model.note);
    expect(model.told).toEqual([heardNote('one'), heardNote('one')]);
  });

  it('are not told to a fresh session, which is given what was heard and nothing else', () => {
    const notes = new HeardNotes();
    notes.add('one');
    notes.reattached(true);
    expect(notes.isWaiting).toBe(false);
  });

  it('go with the next set-up when the model takes none while a session runs', () => {
    const notes = new HeardNotes();
    notes.add('one');
    expect(notes.forSetup()).toBe('');
    notes.tell(1_000, new Model(false).note);
    expect(notes.isWaiting).toBe(false);
    notes.reattached(false);
    expect(notes.forSetup()).toBe(heardNote('one'));
  });

  it('are few', () => {
    const notes = new HeardNotes();
    for (let n = 0; n < 10; n++) notes.add(`answer ${n}`);
    expect(notes.snapshot()).toEqual([6, 7, 8, 9].map((n) => heardNote(`answer ${n}`)));
  });
});
