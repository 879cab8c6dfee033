import Link from 'next/link';
import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { Icon, type IconName } from './icon';
import styles from './button.module.css';

type Look = 'primary' | 'secondary' | 'quiet' | 'danger';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  icon?: IconName;
  small?: boolean;
  /** Something is under way: the button keeps its size and can't be pressed again. */
  busy?: boolean;
}

export function Button(props: ButtonProps) {
  const { look = 'secondary', icon, small, busy, children, disabled, type = 'button', className, ...rest } = props;
  return (
    <button
      {...rest}
      type={type}
      className={`${classNames(look, small)} ${className ?? ''}`}
      disabled={disabled || busy}
      aria-busy={busy}
    >
      {icon && <Icon name={icon} size={small ? 16 : 18} />}
      {children}
    </button>
  );
}

/** Looks like a button, goes to a page. */
export function ButtonLink(props: {
  href: string;
  look?: Look;
  icon?: IconName;
  small?: boolean;
  children: ReactNode;
}) {
  return (
    <Link href={props.href} className={classNames(props.look ?? 'secondary', props.small)}>
      {props.icon && <Icon name={props.icon} size={props.small ? 16 : 18} />}
      {props.children}
    </Link>
  );
}

function classNames(look: Look, small: boolean | undefined): string {
  return [styles['button'], styles[look], small ? styles['small'] : ''].join(' ');
}
