import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { onFocusRow } from '../state/actions.ts'
import { summaryOf } from '../state/emails.ts'
import { ensureRows, list, listShift, listVersion, type MessageList, selection } from '../state/message-list.ts'
import { density } from '../state/preferences.ts'
import { route } from '../state/route.ts'
import { MessageRow } from './message-row.tsx'

const HEIGHTS = { comfortable: 82, compact: 58 } as const
/** Rows beyond the edge, so that a small movement shows no gap. */
const BEYOND = 6
/** While it scrolls fast nothing is asked for: only where it comes to rest. */
const REST_MS = 90

/** The row that the keyboard is at. */
let active = 0

/** As many rows as the window shows, of however many there are. */
export function MessageRows({ open }: { open: MessageList }) {
  listVersion.value // the list is changed in place
  const height = HEIGHTS[density.value]
  const scroller = useRef<HTMLDivElement>(null)
  const [range, setRange] = useState({ from: 0, to: 15 })
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined)
  const total = open.total
  const measure = () => {
    const { scrollTop, clientHeight } = scroller.current!
    const from = Math.floor(scrollTop / height)
    const to = Math.ceil((scrollTop + clientHeight) / height)
    const moved = Math.abs(from - range.from) > to - from
    setRange((was) => (was.from === from && was.to === to ? was : { from, to }))
    clearTimeout(rest.current)
    if (moved) rest.current = setTimeout(() => ensureRows(from, to), REST_MS)
    else ensureRows(from, to)
  }
  useLayoutEffect(() => {
    active = 0
    scroller.current!.scrollTop = open.seen.from * height
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(scroller.current!)
    return () => {
      observer.disconnect()
      clearTimeout(rest.current)
    }
  }, [height])
  useEffect(() => {
    if (listShift.value === 0) return
    scroller.current!.scrollTop += listShift.value * height
    listShift.value = 0
  }, [listShift.value])
  useEffect(() => {
    onFocusRow((position) => focusRow(Math.min(position, (list.value?.total ?? 1) - 1)))
    return () => onFocusRow(() => undefined)
  })
  const focusRow = (position: number) => {
    if (position < 0 || position >= (open.total ?? 0)) return
    active = position
    const box = scroller.current!
    const top = position * height
    if (top < box.scrollTop) box.scrollTop = top
    else if (top + height > box.scrollTop + box.clientHeight) box.scrollTop = top + height - box.clientHeight
    measure()
    requestAnimationFrame(() => rowLink(box, position)?.focus())
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const pageRows = Math.max(1, range.to - range.from - 2)
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: Math.min(active + pageRows, (total ?? 1) - 1),
      PageUp: Math.max(active - pageRows, 0),
      Home: 0,
      End: (total ?? 1) - 1,
    }
    const to = steps[event.key]
    if (to === undefined) return
    event.preventDefault()
    focusRow(to)
  }
  const from = Math.max(0, range.from - BEYOND)
  const to = Math.min(total ?? 0, range.to + BEYOND)
  const current = route.value.view === 'mail' ? route.value.thread : undefined
  if (active >= (total ?? 0)) active = Math.max(0, (total ?? 1) - 1)
  const tabStop = active >= from && active < to ? active : from
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys are the rows', which are links in it
    <div class="rows" ref={scroller} onScroll={measure} onKeyDown={onKeyDown}>
      {total === undefined && open.failure === undefined && <Waiting height={height} />}
      {total === 0 && <Nothing search={open.search} unreadOnly={open.key.startsWith('unread')} />}
      <ul aria-label="Messages" aria-busy={total === undefined} style={{ height: `${(total ?? 0) * height}px` }}>
        {Array.from({ length: Math.max(0, to - from) }, (_, index) => {
          const position = from + index
          const id = open.ids.get(position)
          const email = id === undefined ? undefined : summaryOf(id)
          return (
            <MessageRow
              key={id ?? `row ${position}`}
              open={open}
              position={position}
              top={position * height}
              height={height}
              email={email}
              isCurrent={email !== undefined && email.threadId === current}
              isSelected={id !== undefined && selection.value.has(id)}
              isTabStop={position === tabStop}
              onActive={() => {
                active = position
              }}
            />
          )
        })}
      </ul>
    </div>
  )
}

export function activeRow(): number {
  return active
}

/** For the keys that step through the list from anywhere. */
export function stepRow(by: number): void {
  const box = document.querySelector<HTMLElement>('.rows')
  if (box === null) return
  const isIn = box.contains(document.activeElement)
  const key = by > 0 ? 'ArrowDown' : 'ArrowUp'
  if (isIn) document.activeElement!.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
  else (rowLink(box, active) ?? box.querySelector<HTMLElement>('a'))?.focus()
}

function rowLink(box: HTMLElement, position: number): HTMLElement | null {
  return box.querySelector<HTMLElement>(`li[data-position="${position}"] a`)
}

function Waiting({ height }: { height: number }) {
  return (
    <div class="waiting" aria-hidden="true">
      {[0, 1, 2, 3, 4].map((each) => (
        <div key={each} class="row-shape" style={{ height: `${height}px` }}>
          <i />
          <i />
          <i />
        </div>
      ))}
    </div>
  )
}

function Nothing({ search, unreadOnly }: { search: string | undefined; unreadOnly: boolean }) {
  return (
    <div class="nothing" role="status">
      <p>
        {search !== undefined ? (
          <>
            Nothing found for “<bdi>{search}</bdi>”.
          </>
        ) : unreadOnly ? (
          'Everything here has been read.'
        ) : (
          'Nothing here.'
        )}
      </p>
    </div>
  )
}
