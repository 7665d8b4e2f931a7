/** One request to SES, whichever of its two interfaces takes it. */

/** A message that is ready: its octets hold no field that steers SES, its addresses are in ASCII where they can be. */
export interface SesMessage {
  tenant: string
  source: string
  recipients: readonly string[]
  tags: readonly { Name: string; Value: string }[]
  octets: Uint8Array
}

/** Hands it over once. Gives SES's id of the message; throws the client's error. */
export type SesSend = (message: SesMessage) => Promise<string | undefined>
