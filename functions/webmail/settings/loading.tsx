import type { ComponentChildren } from 'preact'
import { Button } from '../views/button.tsx'

interface LoadingProps {
  of: unknown
  failure: string | undefined
  load(): void
  children: ComponentChildren
}

/** A page's records, the wait for them, or why there are none. */
export function Loading({ of, failure, load, children }: LoadingProps) {
  if (of !== undefined) {
    return (
      <>
        {children}
        <p class="failure" role="alert">
          {failure}
        </p>
      </>
    )
  }
  if (failure === undefined) return <p class="hint">Loading…</p>
  return (
    <div role="alert">
      <p class="failure">{failure}</p>
      <Button onClick={load}>Try again</Button>
    </div>
  )
}
