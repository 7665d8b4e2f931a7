import { type AccountSettings, DEFAULT_SETTINGS } from '../../../mailbox/account-settings.ts'
import { isId } from '../arguments.ts'
import { type Call, invalidProperties, SetError } from '../method.ts'
import {
  boolProperty,
  choiceProperty,
  lineProperty,
  nullable,
  numberProperty,
  objectProperty,
  requireProperties,
} from '../properties.ts'
import { getRecords } from '../record-get.ts'
import { type RecordType, setRecords } from '../record-set.ts'

const SINGLETON = 'singleton'
const MOST_NAME = 200
const MOST_UNDO_SECONDS = 120
const MOST_LANGUAGE = 35
const MOST_OCTETS = 16 * 1024

/** AccountSettings of this house: what a person sets for all their clients. */
const SETTINGS: RecordType<AccountSettings> = {
  singleton: true,
  most: 1,
  defaults: { ...DEFAULT_SETTINGS },

  async read({ tenant, account }) {
    const { value, version } = await tenant.settings.get(account.id)
    return { records: new Map([[SINGLETON, { ...DEFAULT_SETTINGS, ...value }]]), version }
  },

  show: (settings) => ({ id: SINGLETON, ...settings }),

  parse(_call, given) {
    requireProperties(given, ['id', ...Object.keys(DEFAULT_SETTINGS)])
    const settings: AccountSettings = {
      displayName: nullable(given, 'displayName', () => lineProperty(given, 'displayName', MOST_NAME)),
      undoSendSeconds: numberProperty(given, 'undoSendSeconds', 0, MOST_UNDO_SECONDS),
      theme: choiceProperty(given, 'theme', ['system', 'light', 'dark']),
      language: nullable(given, 'language', () => lineProperty(given, 'language', MOST_LANGUAGE)),
      loadRemoteImages: boolProperty(given, 'loadRemoteImages'),
      defaultIdentityId: nullable(given, 'defaultIdentityId', () => readId(given, 'defaultIdentityId')),
      clients: objectProperty(given, 'clients'),
    }
    if (Buffer.byteLength(JSON.stringify(settings)) > MOST_OCTETS) throw new SetError('tooLarge', 'That is too much.')
    return settings
  },

  save: ({ tenant, account }, records, version) =>
    tenant.settings.put(account.id, records.get(SINGLETON) ?? DEFAULT_SETTINGS, version),
}

export const settingsGet = (call: Call, args: Record<string, unknown>) => getRecords(call, SETTINGS, args)
export const settingsSet = (call: Call, args: Record<string, unknown>) => setRecords(call, SETTINGS, args)

function readId(given: Record<string, unknown>, name: string): string {
  const value = given[name]
  if (!isId(value) || value.startsWith('#')) throw invalidProperties(`${name} is to be an id.`, name)
  return value
}
