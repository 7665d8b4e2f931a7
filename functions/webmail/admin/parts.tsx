/** What the pages are put together from. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Failure } from '../jmap/failure.ts'
import { announce } from '../state/notices.ts'
import { Button } from '../views/button.tsx'
import { Icon } from '../views/icons.tsx'

interface HeadProps {
  title: string
  /** A list that it is one of: its name, and where it is. */
  up?: { label: string; href: string }
  badges?: ComponentChildren
  children?: ComponentChildren
}

/** A page's name and what can be done with all of it. */
export function Head({ title, up, badges, children }: HeadProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    // The link that led here is gone: without this, keys would begin anew at the top of everything.
    if (document.activeElement === document.body) heading.current?.focus()
  }, [])
  return (
    <header class="admin-head">
      {up && (
        <a class="up" href={up.href}>
          <Icon name="back" />
          {up.label}
        </a>
      )}
      <h2 ref={heading} tabIndex={-1}>
        <bdi>{title}</bdi> {badges}
      </h2>
      <div class="admin-acts">{children}</div>
    </header>
  )
}

interface LoadedProps {
  of: unknown
  failure: Failure | undefined
  load(): unknown
  children: ComponentChildren
}

/** What came, the wait for it, or why it did not. */
export function Loaded({ of, failure, load, children }: LoadedProps) {
  if (of !== undefined) {
    return (
      <>
        {children}
        {failure && <Failed failure={failure} load={load} />}
      </>
    )
  }
  if (failure) return <Failed failure={failure} load={load} />
  return (
    <p class="hint" aria-busy="true">
      Loading…
    </p>
  )
}

function Failed({ failure, load }: { failure: Failure; load(): unknown }) {
  return (
    <div role="alert" class="failed">
      <p class="failure">{failure.message}</p>
      <Button onClick={load}>Try again</Button>
    </div>
  )
}

/** Where there is nothing: what would be here. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>
}

export function More({ list }: { list: { more: boolean; busy: boolean; loadMore(): unknown } }) {
  if (!list.more) return null
  return (
    <div>
      <Button busy={list.busy} onClick={list.loadMore}>
        Show more
      </Button>
    </div>
  )
}

const GOOD = ['verified', 'delivered', 'sent', 'success', 'active', 'enabled', 'completed']
const BAD = ['failed', 'bounced', 'complained', 'suspended', 'disabled', 'partially_failed', 'deleting', 'expired']

/** A state in a word, and in a colour. */
export function State({ of }: { of: string }) {
  const kind = GOOD.includes(of) ? 'good' : BAD.includes(of) ? 'bad' : 'open'
  return <span class={`state ${kind}`}>{of.replaceAll('_', ' ')}</span>
}

/** `of` tells buttons that copy different things apart. */
export function Copy({ text, of }: { text: string; of: string }) {
  const [done, setDone] = useState(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setDone(true)
      announce(`Copied ${of}`)
      setTimeout(() => setDone(false), 2000)
    } catch {
      announce(`Your browser did not let ${of} be copied`) // it can still be marked by hand
    }
  }
  return (
    <button type="button" class="copy" aria-label={`Copy ${of}`} title={`Copy ${of}`} onClick={copy}>
      <Icon name={done ? 'check' : 'copy'} />
    </button>
  )
}

/** A value that is to be copied. */
export function Code({ text, of }: { text: string; of: string }) {
  return (
    <span class="code">
      <code>{text}</code>
      <Copy text={text} of={of} />
    </span>
  )
}

/** What is shown once: a password, a token. */
export function Secret({ label, text }: { label: ComponentChildren; text: string }) {
  return (
    <div class="secret" role="status">
      <span>{label}</span>
      <Code text={text} of="it" />
    </div>
  )
}

export function Card({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="card" aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  )
}

/** What may be wider than the screen: it scrolls by itself, by keys, too. */
export function Scrolls({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
    <div class="scrolls" role="region" aria-label={`${label}, to be scrolled`} tabIndex={0}>
      {children}
    </div>
  )
}
