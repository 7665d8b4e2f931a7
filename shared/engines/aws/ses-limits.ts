import type { Relay } from '../../ports/relay.ts'

/** SendEmail of version 2, by default; what fits version 1's 10 MB goes by that (relay.ts). */
export const SES_CARRIES = {
  maxOctets: 40 * 1024 * 1024,
  maxRecipients: 50,
  eightBit: true,
  smtputf8: false,
} as const satisfies Relay['carries']

/** SES as those processes know it that hand nothing over: what it can carry is asked where a message is taken in. */
export function sesFromAfar(maxOctets: number = SES_CARRIES.maxOctets): Relay {
  return {
    signs: true,
    carries: { ...SES_CARRIES, maxOctets },
    async send() {
      throw new Error('this process was given no right to send by SES')
    },
  }
}
