import { NO_RESPONSE, type VacationResponse } from '../../../store/vacations.ts'
import { formatUtcDate, parseUtcDate } from '../arguments.ts'
import { type Call, invalidProperties } from '../method.ts'
import { boolProperty, lineProperty, nullable, requireProperties, textProperty } from '../properties.ts'
import { getRecords } from '../record-get.ts'
import { type RecordType, setRecords } from '../record-set.ts'

const SINGLETON = 'singleton'
const MOST_SUBJECT = 500
const MOST_BODY = 64 * 1024

/** The VacationResponse (RFC 8621 §8): one, which is always there. */
const VACATIONS: RecordType<VacationResponse> = {
  singleton: true,
  most: 1,
  defaults: { isEnabled: false, fromDate: null, toDate: null, subject: null, textBody: null, htmlBody: null },

  async read({ tenant, account }) {
    const { response, version } = await tenant.vacations.get(account.id)
    return { records: new Map([[SINGLETON, response]]), version }
  },

  show: ({ fromDate, toDate, ...response }) => ({
    id: SINGLETON,
    ...response,
    fromDate: fromDate === null ? null : formatUtcDate(fromDate),
    toDate: toDate === null ? null : formatUtcDate(toDate),
  }),

  parse(_call, given) {
    requireProperties(given, ['id', ...Object.keys(VACATIONS.defaults)])
    const [fromDate, toDate] = [readDate(given, 'fromDate'), readDate(given, 'toDate')]
    if (fromDate !== null && toDate !== null && toDate <= fromDate) {
      throw invalidProperties('It ends before it begins.', 'toDate')
    }
    return {
      isEnabled: boolProperty(given, 'isEnabled'),
      fromDate,
      toDate,
      subject: nullable(given, 'subject', () => lineProperty(given, 'subject', MOST_SUBJECT)),
      textBody: nullable(given, 'textBody', () => textProperty(given, 'textBody', MOST_BODY)),
      htmlBody: nullable(given, 'htmlBody', () => textProperty(given, 'htmlBody', MOST_BODY)),
    }
  },

  save: ({ tenant, account }, records, version) =>
    tenant.vacations.put(account.id, records.get(SINGLETON) ?? NO_RESPONSE, version),
}

export const vacationGet = (call: Call, args: Record<string, unknown>) => getRecords(call, VACATIONS, args)
export const vacationSet = (call: Call, args: Record<string, unknown>) => setRecords(call, VACATIONS, args)

function readDate(given: Record<string, unknown>, name: string): number | null {
  return nullable(given, name, () => {
    const time = parseUtcDate(given[name])
    if (time === undefined) throw invalidProperties(`${name} is to be a time like 2026-01-31T12:00:00Z.`, name)
    return time
  })
}
