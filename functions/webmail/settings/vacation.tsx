import { useState } from 'preact/hooks'
import { notify } from '../state/notices.ts'
import { Button } from '../views/button.tsx'
import { Loading } from './loading.tsx'
import { useRecords } from './use-records.ts'

/** RFC 8621 §8 */
interface VacationResponse {
  id: string
  isEnabled: boolean
  fromDate: string | null
  toDate: string | null
  subject: string | null
  textBody: string | null
}

/** An answer to everybody who writes while one is away. */
export function Vacation() {
  const { list, failure, load, change } = useRecords<VacationResponse>('VacationResponse')
  const known = list?.[0]
  return (
    <Loading of={known} failure={failure} load={load}>
      {known && <VacationForm key={JSON.stringify(known)} known={known} onSave={change} />}
    </Loading>
  )
}

interface VacationFormProps {
  known: VacationResponse
  onSave(change: { update: object }): Promise<unknown>
}

function VacationForm({ known, onSave }: VacationFormProps) {
  const [isEnabled, setEnabled] = useState(known.isEnabled)
  const [from, setFrom] = useState(dayOf(known.fromDate))
  const [to, setTo] = useState(lastDayOf(known.toDate))
  const [subject, setSubject] = useState(known.subject ?? '')
  const [text, setText] = useState(known.textBody ?? '')
  const [busy, setBusy] = useState(false)
  const submit = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    const dates = { fromDate: startOf(from), toDate: endOf(to) }
    const words = { subject: subject.trim() || null, textBody: text.trim() === '' ? null : text, htmlBody: null }
    const done = await onSave({ update: { singleton: { isEnabled, ...dates, ...words } } })
    setBusy(false)
    if (done) notify({ kind: 'done', text: isEnabled ? 'Whoever writes is answered' : 'Nobody is answered by itself' })
  }
  return (
    <form class="form" onSubmit={submit}>
      <p class="hint">Each person is answered once in seven days; lists and machines never are.</p>
      <label class="check">
        <input type="checkbox" checked={isEnabled} onChange={(event) => setEnabled(event.currentTarget.checked)} />
        <span>Answer while I am away</span>
      </label>
      <div class="pair">
        <label>
          <span>First day</span>
          <input type="date" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
        </label>
        <label>
          <span>Last day</span>
          <input type="date" value={to} min={from} onInput={(event) => setTo(event.currentTarget.value)} />
        </label>
      </div>
      <label>
        <span>Subject of the answer</span>
        <input
          value={subject}
          dir="auto"
          placeholder="As theirs"
          onInput={(event) => setSubject(event.currentTarget.value)}
        />
      </label>
      <label>
        <span>Text of the answer</span>
        <textarea
          rows={6}
          dir="auto"
          required={isEnabled}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <footer>
        <Button type="submit" kind="primary" busy={busy}>
          Save
        </Button>
      </footer>
    </form>
  )
}

/** Days are where the person is; JMAP's times are UTC, without parts of a second (RFC 8620 §1.4). */
function utc(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

function startOf(day: string): string | null {
  return day === '' ? null : utc(new Date(`${day}T00:00:00`))
}

/** The first moment that is no more part of it. */
function endOf(day: string): string | null {
  if (day === '') return null
  const date = new Date(`${day}T00:00:00`)
  date.setDate(date.getDate() + 1)
  return utc(date)
}

function dayOf(time: string | null): string {
  if (time === null) return ''
  const date = new Date(time)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

function lastDayOf(time: string | null): string {
  return time === null ? '' : dayOf(new Date(new Date(time).getTime() - 1).toISOString())
}
