import { type SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2'
import type { SesSend } from './ses-send.ts'
import { sesTenantName } from './ses-tenant-name.ts'

export interface SesV2Settings {
  configurationSet?: string | undefined
  tenantPrefix?: string | undefined
}

/** By version 2, in the tenant's name where SES has tenants. */
export function sesV2Send(client: SESv2Client, { configurationSet, tenantPrefix }: SesV2Settings): SesSend {
  return async ({ tenant, source, recipients, tags, octets }) => {
    const { MessageId } = await client.send(
      new SendEmailCommand({
        FromEmailAddress: source,
        Destination: { ToAddresses: [...recipients] },
        Content: { Raw: { Data: octets } },
        EmailTags: [...tags],
        ...(configurationSet === undefined ? {} : { ConfigurationSetName: configurationSet }),
        ...(tenantPrefix === undefined ? {} : { TenantName: sesTenantName(tenantPrefix, tenant) }),
      }),
    )
    return MessageId
  }
}
