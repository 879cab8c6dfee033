import type { ReactNode } from 'react';
import type { Pages } from '../lib/use-pages';
import { Button } from './button';
import { Card } from './card';
import { Loading } from './loading';
import { ErrorNotice } from './notice';
import styles from './table.module.css';

interface ListCardProps<Item> {
  pages: Pages<Item>;
  /** What the table shows, for screen readers. */
  caption: string;
  columns: string[];
  row: (item: Item) => ReactNode;
  empty: ReactNode;
}

/** A list that grows page by page, with all that can happen to it: loading, empty, failed. */
export function ListCard<Item>({ pages, caption, columns, row, empty }: ListCardProps<Item>) {
  const { items, error, loading, hasMore } = pages;
  if (items === undefined && error !== undefined) return <ErrorNotice error={error} retry={pages.reload} />;
  return (
    <Card padded={false}>
      {items === undefined && <Loading label={`Loading ${caption}`} />}
      {items?.length === 0 && empty}
      {items !== undefined && items.length > 0 && (
        <div className={styles['frame']}>
          <table className={styles['table']}>
            <caption className="visually-hidden">{caption}</caption>
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column} scope="col">
                    {column === '' ? <span className="visually-hidden">Actions</span> : column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>{items.map(row)}</tbody>
          </table>
        </div>
      )}
      {items !== undefined && error !== undefined && (
        <ErrorNotice error={error} retry={hasMore ? pages.loadMore : pages.reload} />
      )}
      {items !== undefined && hasMore && error === undefined && (
        <div className={styles['foot']}>
          <Button small busy={loading} onClick={pages.loadMore}>
            {loading ? 'Loading …' : 'Load more'}
          </Button>
        </div>
      )}
    </Card>
  );
}
