import type { ReactNode } from 'react';
import { ApiError } from '../lib/problem';
import { ButtonLink } from './button';
import { Empty } from './empty';
import { ErrorNotice } from './notice';
import { PageHeader } from './page-header';

interface LoadFailureProps {
  error: unknown;
  /** Such as "agent". */
  noun: string;
  back: { href: string; label: string };
  retry: () => void;
}

/** The page of something that could not be loaded: with a heading and a way back. */
export function LoadFailure({ error, noun, back, retry }: LoadFailureProps): ReactNode {
  // An id that is no id at all is refused as a field.
  const unknown = error instanceof ApiError && (error.status === 404 || error.status === 400);
  return (
    <>
      <PageHeader back={back} title={unknown ? `There is no such ${noun}` : `The ${noun} could not be loaded`} />
      {unknown ? (
        <Empty
          title="It isn’t here"
          action={
            <ButtonLink href={back.href} look="primary">
              {back.label}
            </ButtonLink>
          }
        >
          It may have been deleted, or the address may be mistyped.
        </Empty>
      ) : (
        <ErrorNotice error={error} retry={retry} />
      )}
    </>
  );
}
