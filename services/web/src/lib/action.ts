/** One way to run what a button starts: once at a time, with its error kept. Without React, so that it can be tested alone. */
export interface ActionState {
  /** Which step is under way. */
  running: string | undefined;
  /** Of the last step, until the next one. */
  error: unknown;
  /** Says what the last step did. */
  done: string | undefined;
}

export const AT_REST: ActionState = { running: undefined, error: undefined, done: undefined };

export class Action {
  #state = AT_REST;
  readonly #changed: (state: ActionState) => void;

  constructor(changed: (state: ActionState) => void) {
    this.#changed = changed;
  }

  /** Runs `work`, unless something runs already: a second click starts nothing. True when it ran and went well. */
  async run(step: string, work: () => Promise<string | void>): Promise<boolean> {
    if (this.#state.running !== undefined) return false;
    this.#set({ ...AT_REST, running: step });
    try {
      const done = await work();
      this.#set({ ...AT_REST, done: done ?? undefined });
      return true;
    } catch (error) {
      this.#set({ ...AT_REST, error });
      return false;
    }
  }

  /** Forgets how the last step ended. */
  forget(): void {
    if (this.#state.running === undefined) this.#set(AT_REST);
  }

  #set(state: ActionState): void {
    this.#state = state;
    this.#changed(state);
  }
}
