import { useEffect, useState } from 'react';
import { Button } from './button';

const SHOWN_MS = 2_000;

export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'failed'>();
  useEffect(() => {
    if (outcome === undefined) return;
    const timer = setTimeout(() => setOutcome(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = () =>
    // Browsers have no clipboard outside of secure contexts.
    navigator.clipboard?.writeText(text).then(
      () => setOutcome('copied'),
      () => setOutcome('failed'),
    ) ?? setOutcome('failed');
  const shown = outcome === 'copied' ? 'Copied' : outcome === 'failed' ? 'Select it and copy' : label;
  return (
    <Button small icon={outcome === 'copied' ? 'check' : 'copy'} onClick={() => void copy()}>
      <span aria-live="polite">{shown}</span>
    </Button>
  );
}
