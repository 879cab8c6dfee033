import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import { Button } from './button';
import { Dialog } from './dialog';

interface LeaveGuardProps {
  /** Whether something would be lost. */
  active: boolean;
  title: string;
  /** What would be lost, in a sentence. */
  children: string;
  /** The verb on the button that leaves. */
  action: string;
}

/** Marks the entry of the history that is there to be left instead of the page. */
const GUARD = 'leaveGuard';

/**
 * Asks before the page is left: by a link, by the browser's Back, by closing or loading it again (there the browser asks in its
 * own words).
 */
export function LeaveGuard({ active, title, children, action }: LeaveGuardProps) {
  const router = useRouter();
  const [leave, setLeave] = useState<() => void>();
  const leaving = useRef(false);
  useEffect(() => {
    if (!active) return;
    const beforeUnload = (event: BeforeUnloadEvent) => event.preventDefault();
    const clicked = (event: MouseEvent) => {
      const href = internalLink(event);
      if (href === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      setLeave(() => () => router.push(href));
    };
    // Back takes the extra entry off, which looks the same; then it is asked for.
    const wentBack = (event: PopStateEvent) => {
      if (leaving.current) return;
      event.stopImmediatePropagation();
      setLeave(() => () => {
        leaving.current = true;
        history.go(-2);
      });
      enter();
    };
    enter();
    window.addEventListener('beforeunload', beforeUnload);
    document.addEventListener('click', clicked, { capture: true });
    window.addEventListener('popstate', wentBack, { capture: true });
    return () => {
      window.removeEventListener('beforeunload', beforeUnload);
      document.removeEventListener('click', clicked, { capture: true });
      window.removeEventListener('popstate', wentBack, { capture: true });
      // The extra entry stays: going back by ourselves would cancel whatever the person has just asked for.
    };
  }, [active, router]);

  if (!leave || !active) return null;
  return (
    <Dialog
      title={title}
      onClose={() => setLeave(undefined)}
      actions={
        <>
          <Button onClick={() => setLeave(undefined)}>Stay</Button>
          <Button look="danger" onClick={leave}>
            {action}
          </Button>
        </>
      }
    >
      <p>{children}</p>
    </Dialog>
  );
}

function isExtra(): boolean {
  return (history.state as Record<string, unknown> | null)?.[GUARD] === true;
}

/** Next.js keeps what it knows of the page in the state: the extra entry is the same page to it. */
function enter(): void {
  if (!isExtra()) history.pushState({ ...(history.state as object | null), [GUARD]: true }, '', location.href);
}

/** Where a plain click on a link to another page of the console leads. */
function internalLink(event: MouseEvent): string | undefined {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return undefined;
  const link = (event.target as Element | null)?.closest?.('a[href]');
  if (!(link instanceof HTMLAnchorElement) || link.target === '_blank' || link.origin !== location.origin)
    return undefined;
  const href = `${link.pathname}${link.search}`;
  return href === `${location.pathname}${location.search}` ? undefined : href;
}
