import { useState } from 'preact/hooks'
import { notifyFailure } from '../state/notices.ts'
import { Button } from '../views/button.tsx'
import { callForBlob } from './api.ts'
import { Card, Empty, Head, Loaded, Scrolls } from './parts.tsx'
import type { Counts, Usage as UsageAnswer } from './types.ts'
import { MEASURES, type Measure, measured } from './usage-measures.ts'
import { UsagePlot } from './usage-plot.tsx'
import { useAnswer } from './use-answer.ts'

const DAY_MS = 86_400_000
const DAYS = 30

/** A day as the API says it, in UTC. */
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)

export function Usage() {
  const [from, setFrom] = useState(dayOf(Date.now() - (DAYS - 1) * DAY_MS))
  const [to, setTo] = useState(dayOf(Date.now()))
  const [measure, setMeasure] = useState<Measure>(MEASURES[0]!)
  const path = `/usage?from=${from}&to=${to}`
  const { value: usage, failure, load } = useAnswer<UsageAnswer>(path)
  const own = usage?.tenants[0]
  const days = own === undefined ? [] : everyDay(from, to, own.days)
  return (
    <>
      <Head title="Usage">
        <Button icon="download" onClick={() => download(path, from, to)}>
          Download CSV
        </Button>
      </Head>
      <div class="filters">
        <label>
          <span>From</span>
          <input type="date" value={from} max={to} onChange={(event) => setFrom(event.currentTarget.value || from)} />
        </label>
        <label>
          <span>To</span>
          <input type="date" value={to} min={from} onChange={(event) => setTo(event.currentTarget.value || to)} />
        </label>
        <label>
          <span>Shown by the day</span>
          <select
            value={measure.id}
            onChange={(event) => setMeasure(MEASURES.find(({ id }) => id === event.currentTarget.value)!)}
          >
            {MEASURES.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Loaded of={usage} failure={failure} load={load}>
        {usage && (
          <>
            <dl class="totals">
              {MEASURES.map((each) => (
                <div key={each.id}>
                  <dt>{each.name}</dt>
                  <dd>{measured(each, own?.totals ?? usage.totals)}</dd>
                </div>
              ))}
            </dl>
            {own === undefined ? (
              <Empty>Nothing was used in this time.</Empty>
            ) : (
              <>
                <Card title={`${measure.name}, by the day`}>
                  <UsagePlot days={days} measure={measure} />
                </Card>
                <Card title="By account">
                  <ByAccount accounts={own.accounts} />
                </Card>
              </>
            )}
          </>
        )}
      </Loaded>
    </>
  )
}

/** Days on which nothing happened, too. */
function everyDay(from: string, to: string, known: readonly { date: string; totals: Counts }[]) {
  const totals = new Map(known.map((day) => [day.date, day.totals]))
  const days = []
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY_MS) {
    days.push({ date: dayOf(at), totals: totals.get(dayOf(at)) ?? {} })
  }
  return days
}

function ByAccount({ accounts }: { accounts: UsageAnswer['tenants'][number]['accounts'] }) {
  const shown = MEASURES.filter(({ ofAccounts }) => ofAccounts)
  return (
    <Scrolls label="Usage by account">
      <table>
        <thead>
          <tr>
            <th scope="col">Account</th>
            {shown.map(({ id, name }) => (
              <th key={id} scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {accounts.map(({ account, address, totals }) => (
            <tr key={account ?? ''}>
              <th scope="row">{account === null ? 'Programs (HTTP API)' : <bdi>{address ?? account}</bdi>}</th>
              {shown.map((each) => (
                <td key={each.id} class="number">
                  {measured(each, totals)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  )
}

async function download(path: string, from: string, to: string): Promise<void> {
  try {
    const url = URL.createObjectURL(await callForBlob(`${path}&format=csv`))
    const link = document.createElement('a')
    link.href = url
    link.download = `usage-${from}-${to}.csv`
    link.click()
    URL.revokeObjectURL(url)
  } catch (error) {
    notifyFailure('The file could not be made.', error)
  }
}
