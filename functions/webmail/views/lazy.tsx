import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Button } from './button.tsx'

type Props<P> = { load(): Promise<{ default: ComponentType<P> }> } & P

/** A page that is loaded when it is first looked at. */
export function Lazy<P extends object>({ load, ...props }: Props<P>) {
  const [Page, setPage] = useState<ComponentType<P>>()
  const [failed, setFailed] = useState(false)
  const start = () => {
    setFailed(false)
    load().then(
      (found) => setPage(() => found.default),
      () => setFailed(true),
    )
  }
  useEffect(start, [])
  if (failed) {
    return (
      <div class="page" role="alert">
        <p>This page could not be loaded.</p>
        <Button onClick={start}>Try again</Button>
      </div>
    )
  }
  if (Page === undefined) return <div class="page" aria-busy="true" />
  return <Page {...(props as unknown as P)} />
}
