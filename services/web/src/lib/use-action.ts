import { useState } from 'react';
import { Action, AT_REST, type ActionState } from './action';

export interface UsedAction extends ActionState {
  run: Action['run'];
  forget: () => void;
}

/** What a button starts, with its state for the page. */
export function useAction(): UsedAction {
  const [state, setState] = useState(AT_REST);
  const [action] = useState(() => new Action(setState));
  return { ...state, run: (step, work) => action.run(step, work), forget: () => action.forget() };
}
