import { MailError } from '../../mailbox/errors.ts'
import type { ContentId } from '../../mailbox/ids.ts'
import type { SegmentRef } from '../../store/snapshot-codec.ts'
import type { TenantStore } from '../../store/store.ts'
import type { View } from '../../store/views.ts'
import type { Place } from './sequence-view.ts'
import type { Selected } from './session.ts'

/** Views read at a time; the next are read while these are sent. */
const BATCH = 100

/** The view of each message, in order; undefined where the content is gone. At most two batches are in memory. */
export async function* viewsInOrder(
  { view, store }: Selected,
  numbers: readonly number[],
): AsyncGenerator<[number: number, view: View | undefined]> {
  const load = (from: number) => {
    const places = numbers.slice(from, from + BATCH).map((number) => view.at(number))
    const loading = loadViews(store, view.replica.segments, places)
    // It may fail while those before are still being sent; the failure is met when its turn comes.
    loading.catch(() => undefined)
    return loading
  }
  let loading = load(0)
  for (let from = 0; from < numbers.length; from += BATCH) {
    const views = await loading
    if (from + BATCH < numbers.length) loading = load(from + BATCH)
    for (const [index, each] of views.entries()) yield [numbers[from + index]!, each]
  }
}

async function loadViews(
  store: TenantStore,
  segments: readonly SegmentRef[],
  places: readonly Place[],
): Promise<(View | undefined)[]> {
  if (places.length === 0) return []
  try {
    return await store.segments.viewsOf(segments, places)
  } catch (error) {
    if (!isGone(error)) throw error
    // One of them is gone, which is rare: ask for each by itself.
    return Promise.all(places.map(({ table, row }) => loadView(store, table.contentAt(row))))
  }
}

async function loadView(store: TenantStore, content: ContentId): Promise<View | undefined> {
  try {
    return await store.views.get(content)
  } catch (error) {
    if (!isGone(error)) throw error
    return undefined
  }
}

function isGone(error: unknown): boolean {
  return error instanceof MailError && error.kind === 'no-such-message'
}
