import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icons.tsx'

interface IconButtonProps {
  icon: IconName
  label: string
  onClick(event: MouseEvent): unknown
  pressed?: boolean | undefined
  shortcut?: string
  disabled?: boolean
  class?: string
  tabIndex?: number
}

/** A picture with its name for screen readers and for who points at it. */
export function IconButton({
  icon,
  label,
  onClick,
  pressed,
  shortcut,
  disabled,
  class: of = '',
  tabIndex,
}: IconButtonProps) {
  return (
    <button
      type="button"
      class={`icon-button ${of}`}
      aria-label={label}
      title={shortcut ? `${label} (${shortcut})` : label}
      aria-pressed={pressed}
      aria-keyshortcuts={shortcut}
      aria-disabled={disabled || undefined}
      tabIndex={tabIndex}
      onClick={(event) => !disabled && onClick(event)}
    >
      <Icon name={icon} />
    </button>
  )
}

interface ButtonProps {
  children: ComponentChildren
  onClick?(event: MouseEvent): unknown
  kind?: 'primary' | 'plain' | 'danger' | 'quiet'
  icon?: IconName
  type?: 'button' | 'submit'
  busy?: boolean
  class?: string
  shortcut?: string
}

export function Button({
  children,
  onClick,
  kind = 'plain',
  icon,
  type = 'button',
  busy,
  class: of = '',
  shortcut,
}: ButtonProps) {
  return (
    <button
      type={type}
      class={`button ${kind} ${of}`}
      aria-disabled={busy || undefined}
      aria-keyshortcuts={shortcut}
      onClick={(event) => {
        if (busy) event.preventDefault()
        else onClick?.(event)
      }}
    >
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  )
}
