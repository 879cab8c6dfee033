'use client';
import { ErrorNotice } from '../../components/notice';

export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
  return <ErrorNotice title="This page ran into a fault of its own" error={error} retry={reset} />;
}
