import { useCallback, useEffect, useRef, useState } from 'react';
import type { Page } from './api-types';

export interface Pages<Item> {
  /** Undefined until the first page is there. */
  items: Item[] | undefined;
  error: unknown;
  loading: boolean;
  hasMore: boolean;
  loadMore: () => void;
  reload: () => void;
}

interface State<Item> {
  items?: Item[];
  cursor?: string;
  error?: unknown;
  loading: boolean;
}

/** A list that is read page by page. Memoize `load`. */
export function usePages<Item extends { id: string }>(
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>,
): Pages<Item> {
  const [state, setState] = useState<State<Item>>({ loading: true });
  const running = useRef<AbortController | undefined>(undefined);

  const read = useCallback(
    (cursor: string | undefined) => {
      running.current?.abort();
      const abort = new AbortController();
      running.current = abort;
      setState((before) => ({ ...before, error: undefined, loading: true }));
      load(cursor, abort.signal).then(
        (page) => !abort.signal.aborted && setState((before) => added(before, cursor, page)),
        (error: unknown) => !abort.signal.aborted && setState((before) => ({ ...before, error, loading: false })),
      );
    },
    [load],
  );

  useEffect(() => {
    read(undefined);
    return () => running.current?.abort();
  }, [read]);

  const { items, cursor, error, loading } = state;
  const loadMore = useCallback(() => cursor !== undefined && read(cursor), [cursor, read]);
  const reload = useCallback(() => read(undefined), [read]);
  return { items, error, loading, hasMore: cursor !== undefined, loadMore, reload };
}

/** A row that moved to a later page meanwhile is shown once. */
function added<Item extends { id: string }>(
  before: State<Item>,
  cursor: string | undefined,
  page: Page<Item>,
): State<Item> {
  const kept = cursor === undefined ? [] : (before.items ?? []);
  const known = new Set(kept.map((item) => item.id));
  const items = [...kept, ...page.items.filter((item) => !known.has(item.id))];
  return { items, ...(page.nextCursor ? { cursor: page.nextCursor } : {}), loading: false };
}
