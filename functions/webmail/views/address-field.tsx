import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { EmailAddress } from '../jmap/types.ts'
import { suggest } from '../state/contacts.ts'
import { announce } from '../state/notices.ts'
import { formatAddress } from '../text/addresses.ts'

interface AddressFieldProps {
  label: string
  name: string
  value: string
  onChange(value: string): void
}

const ASK_AFTER_MS = 120

/** Addresses with commas between, the last one completed as it is typed. */
export function AddressField({ label, name, value, onChange }: AddressFieldProps) {
  const [found, setFound] = useState<readonly EmailAddress[]>([])
  const [chosen, setChosen] = useState(-1)
  const id = useId()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const turn = useRef(0)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => () => clearTimeout(timer.current), [])
  const shut = () => {
    clearTimeout(timer.current)
    turn.current += 1
    setFound([])
    setChosen(-1)
  }
  const type = (text: string) => {
    onChange(text)
    shut()
    const typed = lastPiece(text).trim()
    if (typed === '') return
    const mine = turn.current
    timer.current = setTimeout(async () => {
      const list = await suggest(typed)
      if (mine !== turn.current || document.activeElement !== input.current) return
      setFound(list)
      if (list.length > 0)
        announce(`${list.length} ${list.length === 1 ? 'suggestion' : 'suggestions'}, arrow keys choose`)
    }, ASK_AFTER_MS)
  }
  const take = (address: EmailAddress) => {
    const before = value.slice(0, value.length - lastPiece(value).length)
    onChange(`${before === '' ? '' : `${before.trimEnd()} `}${formatAddress(address)}, `)
    shut()
    input.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const choice = found[chosen < 0 ? 0 : chosen]
    if (choice === undefined || event.isComposing) return
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      const step = event.key === 'ArrowDown' ? 1 : -1
      setChosen((chosen + step + found.length) % found.length)
    } else if ((event.key === 'Enter' && !event.ctrlKey) || (event.key === 'Tab' && chosen >= 0)) {
      event.preventDefault()
      take(choice)
    } else if (event.key === 'Escape') {
      event.preventDefault()
      shut()
    }
  }
  const expanded = found.length > 0
  return (
    <div class="field address-field">
      <label for={`${id}-input`}>{label}</label>
      <input
        ref={input}
        id={`${id}-input`}
        name={name}
        type="text"
        dir="auto"
        inputMode="email"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        aria-autocomplete="list"
        aria-controls={expanded ? `${id}-list` : undefined}
        aria-activedescendant={expanded && chosen >= 0 ? `${id}-${chosen}` : undefined}
        value={value}
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onBlur={shut}
      />
      {expanded && (
        <div class="suggestions" role="listbox" id={`${id}-list`} aria-label={`Suggestions for ${label}`}>
          {found.map((address, at) => (
            // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, which points at the active option
            // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the field's
            <div
              key={address.email}
              id={`${id}-${at}`}
              role="option"
              aria-selected={at === chosen}
              onMouseDown={(event) => event.preventDefault()} // the field keeps the focus
              onClick={() => take(address)}
            >
              <span dir="auto">{address.name ?? address.email}</span>
              {address.name && <span class="address">{address.email}</span>}
            </div>
          ))}
        </div>
      )}
    </div>
  )
}

/** What stands after the last comma that is in no quotes. */
function lastPiece(text: string): string {
  let from = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') quoted = !quoted
    else if (!quoted && ',;'.includes(text[at]!)) from = at + 1
  }
  return text.slice(from)
}
