import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon, type IconName } from './icons.tsx'

export interface MenuItem {
  label: string
  icon?: IconName
  /** A key that does it, too. */
  shortcut?: string
  danger?: boolean
  run(): unknown
}

interface MenuProps {
  label: string
  /** What it is for, where many have the same label. */
  about?: string
  icon?: IconName
  shortcut?: string
  items: readonly MenuItem[]
  children?: ComponentChildren
  class?: string
}

/** A button and what it offers (ARIA's menu button pattern). */
export function Menu({ label, about, icon = 'more', shortcut, items, children, class: of = '' }: MenuProps) {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!open) return
    itemsOf(list.current)[0]?.focus()
    keepInView(list.current!)
    const outside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false)
    }
    addEventListener('pointerdown', outside)
    // A click into a message's frame comes to no one here, but takes the focus.
    addEventListener('blur', outside)
    return () => {
      removeEventListener('pointerdown', outside)
      removeEventListener('blur', outside)
    }
  }, [open])
  const close = () => {
    setOpen(false)
    root.current?.querySelector('button')?.focus()
  }
  return (
    <div class="menu-root" ref={root}>
      <button
        type="button"
        class={`${children ? 'button quiet' : 'icon-button'} ${of}`}
        aria-label={children ? undefined : label}
        title={about ?? (shortcut ? `${label} (${shortcut})` : label)}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-keyshortcuts={shortcut}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown') return
          event.preventDefault()
          setOpen(true)
        }}
      >
        {children ?? <Icon name={icon} />}
      </button>
      {open && (
        <div
          class="menu"
          role="menu"
          aria-label={label}
          ref={list}
          onKeyDown={(event) => onMenuKey(event, list.current, close)}
        >
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              aria-keyshortcuts={item.shortcut}
              tabIndex={-1}
              class={item.danger ? 'danger' : ''}
              onClick={() => {
                close()
                item.run()
              }}
            >
              {item.icon && <Icon name={item.icon} />}
              <span dir="auto">{item.label}</span>
              {item.shortcut && (
                // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a kbd takes no focus; the key is told by aria-keyshortcuts
                <kbd aria-hidden="true">{item.shortcut}</kbd>
              )}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}

function itemsOf(list: HTMLElement | null): HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])]
}

function onMenuKey(event: KeyboardEvent, list: HTMLElement | null, close: () => void): void {
  const items = itemsOf(list)
  const at = items.indexOf(document.activeElement as HTMLElement)
  const to: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }
  event.stopPropagation()
  if (event.key === 'Escape') {
    event.preventDefault()
    close()
  } else if (event.key === 'Tab') close()
  else if (event.key in to) {
    event.preventDefault()
    items.at(to[event.key]! % items.length)?.focus()
  } else if (event.key.length === 1) {
    const wanted = event.key.toLowerCase()
    const next = [...items.slice(at + 1), ...items.slice(0, at + 1)]
    next.find(({ textContent }) => textContent?.toLowerCase().startsWith(wanted))?.focus()
  }
}

/** Opens to the other side where it would leave the window. */
function keepInView(menu: HTMLElement): void {
  const { left, right, bottom, height, top } = menu.getBoundingClientRect()
  if (right > innerWidth - 8) menu.classList.add('to-start')
  if (left < 8) menu.classList.add('to-end')
  if (bottom > innerHeight - 8 && top > height) menu.classList.add('upwards')
  const room = innerHeight - menu.getBoundingClientRect().top - 12
  menu.style.maxHeight = `${Math.max(160, room)}px`
}
