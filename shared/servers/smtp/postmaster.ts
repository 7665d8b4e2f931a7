import { ParseError } from '../../codec/parse-error.ts'
import { type Address, parseAddress } from '../../codec/smtp/address.ts'
import { SettingError } from '../../settings.ts'

/** Who gets mail for the host's `<Postmaster>`, as the setting says. Throws SettingError. */
export function postmasterOf({ postmaster }: { postmaster: string | undefined }): Address | undefined {
  try {
    return postmaster === undefined ? undefined : parseAddress(postmaster)
  } catch (error) {
    if (error instanceof ParseError) throw new SettingError('TUBEPOST_POSTMASTER', postmaster!, 'an address')
    throw error
  }
}
