const PATHS = {
  microphone: 'M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3M9 21h6',
  'microphone-off':
    'M9 9v3a3 3 0 0 0 4.6 2.5M15 11V6a3 3 0 0 0-5.9-.8M5.5 11.5a6.5 6.5 0 0 0 9.6 5.7M18.5 11.5a6.4 6.4 0 0 1-.6 2.7M12 18v3M9 21h6M4 4l16 16',
  'hang-up':
    'M3 14.8c-.6-2 .7-3.8 2.8-4.6a17.5 17.5 0 0 1 12.4 0c2.1.8 3.4 2.6 2.8 4.6l-.3 1a1 1 0 0 1-1.2.7l-3.3-.9a1 1 0 0 1-.7-.9l-.2-2.1a12 12 0 0 0-6.6 0l-.2 2.1a1 1 0 0 1-.7.9l-3.3.9a1 1 0 0 1-1.2-.7Z',
  agents: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8ZM4.5 20c.8-3.6 3.9-5.5 7.5-5.5s6.7 1.9 7.5 5.5',
  conversations:
    'M5 5h14a1.5 1.5 0 0 1 1.5 1.5v8A1.5 1.5 0 0 1 19 16h-7l-4.5 3.8V16H5a1.5 1.5 0 0 1-1.5-1.5v-8A1.5 1.5 0 0 1 5 5ZM8 9h8M8 12h5',
  key: 'M15.5 4a4.5 4.5 0 1 1-4.3 5.9L4 17.1V20h3.5v-2.3H10V15.3h2.2l1.6-1.6A4.5 4.5 0 0 1 15.5 4ZM16.5 7.5h.01',
  copy: 'M9 9h9.5A1.5 1.5 0 0 1 20 10.5V19a1.5 1.5 0 0 1-1.5 1.5H10.5A1.5 1.5 0 0 1 9 19ZM15 9V5.5A1.5 1.5 0 0 0 13.5 4h-8A1.5 1.5 0 0 0 4 5.5v8A1.5 1.5 0 0 0 5.5 15H9',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  plus: 'M12 5v14M5 12h14',
  tool: 'M14.5 6.5a4 4 0 0 1 5-1.2l-2.6 2.6 1.2 2 2.1.2 1-1a4 4 0 0 1-5.5 4.3L9.5 19.6a2 2 0 0 1-2.9-2.9l6.3-6.2a4 4 0 0 1 1.6-4Z',
  'sign-out': 'M14 4h4.5A1.5 1.5 0 0 1 20 5.5v13a1.5 1.5 0 0 1-1.5 1.5H14M10 8l-4 4 4 4M6 12h9',
  warning: 'M12 4.5 21 19.5H3ZM12 10v4M12 16.8h.01',
  docs: 'M6 4h9l3.5 3.5V20H6ZM14.5 4v4h4M9 12h6M9 15.5h6',
  send: 'M4.5 12 20 4.5 15.5 19.5l-4-6ZM11.5 13.5 20 4.5',
  back: 'M14.5 6l-6 6 6 6',
  speak: 'M4 10v4M8 7v10M12 4.5v15M16 7.5v9M20 10v4',
} as const;

/** Shapes that are filled, not drawn in lines. */
const FILLED: readonly string[] = ['hang-up'];

export type IconName = keyof typeof PATHS;

/** A line drawing beside a text that says the same, so it is hidden from screen readers. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill={FILLED.includes(name) ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The product's mark: an orb with a voice in it. */
export function BrandMark({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <circle cx="16" cy="16" r="15" fill="var(--accent)" />
      <path
        d="M9 14v4M12.5 11v10M16 8v16M19.5 11v10M23 14v4"
        fill="none"
        stroke="var(--on-accent)"
        strokeWidth="2"
        strokeLinecap="round"
      />
    </svg>
  );
}
