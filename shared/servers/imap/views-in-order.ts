import { MailError } from '../../mailbox/errors.ts'
import type { ContentId } from '../../mailbox/ids.ts'
import { type Listing, ViewListing } from '../../store/listing.ts'
import type { SectionName } from '../../store/segment-codec.ts'
import type { TenantStore } from '../../store/store.ts'
import type { View } from '../../store/views.ts'
import type { Place } from './sequence-view.ts'
import type { Selected } from './session.ts'

/** Read at a time; the next are read while these are sent. */
const BATCH = 200

/** Messages next to one another, with what was read of each; undefined where the content is gone. */
interface Batch<T> {
  numbers: readonly number[]
  read: readonly (T | undefined)[]
}

/** The view of each message, in order; undefined where the content is gone. At most two batches are in memory. */
export async function* viewsInOrder(
  session: Selected,
  numbers: readonly number[],
): AsyncGenerator<[number: number, view: View | undefined]> {
  const { store, view } = session
  const load = (places: readonly Place[]) =>
    orEach(store.segments.viewsOf(view.replica.segments, places), places, (place) => loadView(store, place))
  for await (const { numbers: some, read } of batches(session, numbers, load)) {
    for (const [index, number] of some.entries()) yield [number, read[index]]
  }
}

/** The same as what lists show, a batch at a time; of those that are folded, `sections` alone can be asked. */
export function listingsInOrder(
  session: Selected,
  numbers: readonly number[],
  sections: readonly SectionName[],
): AsyncGenerator<Batch<Listing>> {
  const { store, view } = session
  return batches(session, numbers, (places) =>
    orEach(store.segments.listingsOf(view.replica.segments, places, sections), places, async (place) => {
      const found = await loadView(store, place)
      return found && new ViewListing(found)
    }),
  )
}

/** The view of one message; undefined where its content is gone. */
export async function loadView(store: TenantStore, { table, row }: Place): Promise<View | undefined> {
  const content: ContentId = table.contentAt(row)
  try {
    return await store.views.get(content)
  } catch (error) {
    if (!isGone(error)) throw error
    return undefined
  }
}

async function* batches<T>(
  { view }: Selected,
  numbers: readonly number[],
  load: (places: readonly Place[]) => Promise<readonly (T | undefined)[]>,
): AsyncGenerator<Batch<T>> {
  const begin = (from: number) => {
    const some = numbers.slice(from, from + BATCH)
    const loading = load(some.map((number) => view.at(number)))
    // It may fail while those before are still being sent; the failure is met when its turn comes.
    loading.catch(() => undefined)
    return { some, loading }
  }
  let next = begin(0)
  for (let from = 0; from < numbers.length; from += BATCH) {
    const { some, loading } = next
    const read = await loading
    if (from + BATCH < numbers.length) next = begin(from + BATCH)
    yield { numbers: some, read }
  }
}

/** All at once, or where one of them is gone, which is rare, each by itself. */
async function orEach<T>(
  all: Promise<readonly T[]>,
  places: readonly Place[],
  each: (place: Place) => Promise<T | undefined>,
): Promise<readonly (T | undefined)[]> {
  try {
    return await all
  } catch (error) {
    if (!isGone(error)) throw error
    return Promise.all(places.map(each))
  }
}

function isGone(error: unknown): boolean {
  return error instanceof MailError && error.kind === 'no-such-message'
}
