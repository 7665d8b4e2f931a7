import { useEffect, useRef, useState } from 'preact/hooks'
import { go, route } from '../state/route.ts'
import { OPERATORS } from '../text/search-query.ts'
import { IconButton } from './button.tsx'
import { Icon } from './icons.tsx'

export function focusSearch(): void {
  document.querySelector<HTMLInputElement>('.search input')?.focus()
}

export function Search() {
  const to = route.value
  const searched = to.view === 'mail' ? to.search : undefined
  const [text, setText] = useState(searched ?? '')
  const [hints, setHints] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => setText(searched ?? ''), [searched])
  const submit = (event: Event) => {
    event.preventDefault()
    setHints(false)
    const words = text.trim()
    if (words !== '') go({ view: 'mail', search: words })
    else if (searched !== undefined) go({ view: 'mail' })
  }
  const clear = () => {
    setText('')
    if (searched !== undefined) go({ view: 'mail' })
    input.current?.focus()
    setHints(false)
  }
  const insert = (operator: string) => {
    const next = text === '' || text.endsWith(' ') ? text + operator : `${text} ${operator}`
    setText(operator.endsWith(':') ? next : `${next} `)
    input.current?.focus()
  }
  const leave = (event: FocusEvent) => {
    const inside = (event.currentTarget as HTMLElement).contains(event.relatedTarget as Node | null)
    if (!inside) setHints(false)
  }
  return (
    <form class="search" role="search" onSubmit={submit} onFocusOut={leave}>
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        aria-label="Search mail"
        placeholder="Search mail"
        aria-keyshortcuts="/"
        autocomplete="off"
        spellcheck={false}
        dir="auto"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onFocus={() => setHints(true)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          event.stopPropagation()
          if (hints) setHints(false)
          else if (text !== '') clear()
          else input.current?.blur()
        }}
      />
      {text !== '' && <IconButton icon="close" label="Clear search" onClick={clear} />}
      {hints && (
        <div class="search-hints" role="group" aria-label="Search operators">
          {OPERATORS.map(([operator, meaning]) => (
            <button key={operator} type="button" onClick={() => insert(operator)}>
              <code>{operator}</code> <span>{meaning}</span>
            </button>
          ))}
          <p>
            Words in “quotes” belong together; a <code>-</code> before a word leaves out what has it.
          </p>
        </div>
      )}
    </form>
  )
}
