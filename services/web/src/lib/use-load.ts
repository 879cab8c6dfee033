import { useCallback, useEffect, useState } from 'react';

export interface Loaded<Value> {
  value: Value | undefined;
  error: unknown;
  loading: boolean;
  /** Keeps what is shown until the new value is there. */
  reload: () => void;
  /** Puts in a value that is known without asking, such as the answer of a change. */
  replace: (value: Value) => void;
}

/** Loads when the component appears and whenever `load` changes (memoize it); an outdated answer is dropped. */
export function useLoad<Value>(load: (signal: AbortSignal) => Promise<Value>): Loaded<Value> {
  const [state, setState] = useState<{ value?: Value; error?: unknown; loading: boolean }>({ loading: true });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    load(abort.signal).then(
      (value) => !abort.signal.aborted && setState({ value, loading: false }),
      (error: unknown) => !abort.signal.aborted && setState((before) => ({ ...before, error, loading: false })),
    );
    return () => abort.abort();
  }, [load, round]);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  const replace = useCallback((value: Value) => setState({ value, loading: false }), []);
  return { value: state.value, error: state.error, loading: state.loading, reload, replace };
}
