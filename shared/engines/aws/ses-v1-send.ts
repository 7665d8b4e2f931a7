import { type SESClient, SendRawEmailCommand } from '@aws-sdk/client-ses'
import type { SesSend } from './ses-send.ts'

/** Version 1 refuses what is longer: "Message length is more than 10485760 bytes long". */
export const SES_V1_OCTETS = 10 * 1024 * 1024

/** By version 1, which knows no tenants. */
export function sesV1Send(client: SESClient, configurationSet: string | undefined): SesSend {
  return async ({ source, recipients, tags, octets }) => {
    const { MessageId } = await client.send(
      new SendRawEmailCommand({
        Source: source,
        Destinations: [...recipients],
        RawMessage: { Data: octets },
        Tags: [...tags],
        ...(configurationSet === undefined ? {} : { ConfigurationSetName: configurationSet }),
      }),
    )
    return MessageId
  }
}
