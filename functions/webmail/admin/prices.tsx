import { Failure } from '../jmap/failure.ts'
import { notify } from '../state/notices.ts'
import { call } from './api.ts'
import { AdminForm, textOf } from './form-dialog.tsx'
import { Card, Head, Loaded } from './parts.tsx'
import type { Prices as PriceTable } from './types.ts'
import { useAnswer } from './use-answer.ts'

const NAMES: Record<keyof PriceTable, string> = {
  per_thousand_messages_in: 'A thousand messages in',
  per_thousand_recipients_out: 'A thousand recipients out',
  per_gib_out: 'A GiB out',
  per_thousand_api_calls: 'A thousand API calls',
  per_gib_stored_month: 'A GiB stored for a month',
}

/** What usage costs everybody, in US dollars. */
export function Prices() {
  const { value: prices, failure, load } = useAnswer<PriceTable>('/prices')
  const save = async (data: FormData) => {
    const wanted = Object.keys(NAMES).map((name) => [name, priceIn(textOf(data, name))])
    await call('PATCH', '/prices', Object.fromEntries(wanted))
    await load()
    notify({ kind: 'done', text: 'The prices are saved' })
  }
  return (
    <>
      <Head title="Prices" />
      <Card title="In US dollars">
        <Loaded of={prices} failure={failure} load={load}>
          <AdminForm action="Save" onSubmit={save}>
            {Object.entries(NAMES).map(([name, label]) => (
              <label key={name}>
                <span>{label}</span>
                <input
                  name={name}
                  inputMode="decimal"
                  required
                  defaultValue={prices === undefined ? '' : String(prices[name as keyof PriceTable])}
                />
              </label>
            ))}
          </AdminForm>
        </Loaded>
      </Card>
    </>
  )
}

function priceIn(text: string): number {
  const price = Number(text)
  if (text === '' || !Number.isFinite(price) || price < 0) throw new Failure('refused', `“${text}” is no price.`)
  return price
}
