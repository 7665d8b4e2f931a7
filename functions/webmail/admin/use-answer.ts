import { useEffect, useRef, useState } from 'preact/hooks'
import type { Failure } from '../jmap/failure.ts'
import { call, type List, pagePath } from './api.ts'

/** What a GET answers; `value` undefined until it came. `load` asks anew, and leaves what is there until then. */
export function useAnswer<T>(path: string) {
  const [state, setState] = useState<{ path: string; value?: T; failure?: Failure }>({ path })
  const wanted = useRef(path)
  wanted.current = path
  const load = async () => {
    try {
      const value = await call<T>('GET', path)
      if (wanted.current === path) setState({ path, value })
    } catch (error) {
      if (wanted.current !== path) return
      setState((before) => ({ ...(before.path === path ? before : { path }), failure: error as Failure }))
    }
  }
  useEffect(() => {
    void load()
  }, [path])
  const { value, failure } = state.path === path ? state : { value: undefined, failure: undefined }
  return { value, failure, load }
}

/** A list of the API, page by page. */
export function useList<T>(path: string, idOf: (element: T) => string) {
  const [state, setState] = useState<{ path: string; items?: readonly T[]; more: boolean; failure?: Failure }>({
    path,
    more: false,
  })
  const [busy, setBusy] = useState(false)
  const wanted = useRef(path)
  wanted.current = path
  async function read(known: readonly T[]): Promise<void> {
    setBusy(true)
    try {
      const last = known.at(-1)
      const page = await call<List<T>>('GET', pagePath(path, last === undefined ? undefined : idOf(last)))
      if (wanted.current === path) setState({ path, items: [...known, ...page.data], more: page.has_more })
    } catch (error) {
      if (wanted.current === path) setState((before) => ({ ...before, path, failure: error as Failure }))
    } finally {
      setBusy(false)
    }
  }
  useEffect(() => {
    void read([])
  }, [path])
  const here = state.path === path
  return {
    items: here ? state.items : undefined,
    failure: here ? state.failure : undefined,
    more: here && state.more,
    busy,
    load: () => read([]),
    loadMore: () => read(state.items ?? []),
  }
}
