/**
 * Tenants' domains as identities of SES, which signs with our own key (BYODKIM): the records that a domain's owner is shown stay the same, whoever
 * sends. With tenants of SES, each tenant's identities and reputation are its own (SES Developer Guide, "Tenants").
 */
import {
  CreateEmailIdentityCommand,
  CreateTenantCommand,
  CreateTenantResourceAssociationCommand,
  DeleteEmailIdentityCommand,
  DeleteTenantCommand,
  DeleteTenantResourceAssociationCommand,
  GetEmailIdentityCommand,
  PutEmailIdentityConfigurationSetAttributesCommand,
  PutEmailIdentityDkimSigningAttributesCommand,
  PutEmailIdentityMailFromAttributesCommand,
  type SESv2Client,
} from '@aws-sdk/client-sesv2'
import { log } from '../../log.ts'
import type { TenantId } from '../../mailbox/ids.ts'
import type { SendingIdentities, SendingIdentity } from '../../ports/sending-identities.ts'
import { isNamed } from './failures.ts'
import type { SesSettings } from './ses.ts'
import { sesTenantName } from './ses-tenant-name.ts'

export interface SesIdentitiesOptions extends Pick<SesSettings, 'configurationSet' | 'resources' | 'tenantPrefix'> {
  client: SESv2Client
}

/** On what we made, with the tenant as its value: an identity without it is somebody else's, and stays as it is. */
const OWNER_TAG = 'tubepost-tenant'

export function sesIdentities(options: SesIdentitiesOptions): SendingIdentities {
  const { client, configurationSet, resources, tenantPrefix } = options

  async function put(identity: SendingIdentity): Promise<void> {
    const { tenant, domain, dkim, returnPath } = identity
    const signing = { DomainSigningSelector: dkim.selector, DomainSigningPrivateKey: base64Of(dkim.privateKey) }
    const made = await unlessThere(
      client.send(
        new CreateEmailIdentityCommand({
          EmailIdentity: domain,
          DkimSigningAttributes: signing,
          ...(configurationSet !== undefined && { ConfigurationSetName: configurationSet }),
          Tags: [{ Key: OWNER_TAG, Value: tenant }],
        }),
      ),
    )
    if (!made) {
      const owner = await ownerOf(domain)
      if (owner === undefined) {
        log.warn('identity-not-ours', { tenant, domain })
        return associate(tenant, domain)
      }
      if (owner !== tenant) {
        // It has changed hands, and the one who had it was not forgotten yet.
        await remove(owner as TenantId, domain)
        return put(identity)
      }
      await renew(domain, signing)
    }
    await client.send(
      new PutEmailIdentityMailFromAttributesCommand({
        EmailIdentity: domain,
        MailFromDomain: returnPath,
        // Mail goes out with SES's own MAIL FROM until the records are there: DKIM aligns all the same.
        BehaviorOnMxFailure: 'USE_DEFAULT_VALUE',
      }),
    )
    await associate(tenant, domain)
  }

  async function renew(
    domain: string,
    SigningAttributes: { DomainSigningSelector: string; DomainSigningPrivateKey: string },
  ) {
    const EmailIdentity = domain
    await client.send(
      new PutEmailIdentityDkimSigningAttributesCommand({
        EmailIdentity,
        SigningAttributesOrigin: 'EXTERNAL',
        SigningAttributes,
      }),
    )
    if (configurationSet === undefined) return
    await client.send(
      new PutEmailIdentityConfigurationSetAttributesCommand({ EmailIdentity, ConfigurationSetName: configurationSet }),
    )
  }

  /** A tenant of SES sends only from what it is associated with, and through a configuration set that it is. */
  async function associate(tenant: TenantId, domain: string): Promise<void> {
    if (tenantPrefix === undefined) return
    const TenantName = sesTenantName(tenantPrefix, tenant)
    await unlessThere(client.send(new CreateTenantCommand({ TenantName })))
    const arns = [
      `identity/${domain}`,
      ...(configurationSet === undefined ? [] : [`configuration-set/${configurationSet}`]),
    ]
    for (const name of arns) {
      const ResourceArn = `${resources}:${name}`
      await unlessThere(client.send(new CreateTenantResourceAssociationCommand({ TenantName, ResourceArn })))
    }
  }

  /** Undefined: not ours, or not there. */
  async function ownerOf(domain: string): Promise<string | undefined> {
    const found = await unlessGone(client.send(new GetEmailIdentityCommand({ EmailIdentity: domain })))
    return found?.Tags?.find(({ Key }) => Key === OWNER_TAG)?.Value
  }

  async function remove(tenant: TenantId, domain: string): Promise<void> {
    if (tenantPrefix !== undefined) {
      const TenantName = sesTenantName(tenantPrefix, tenant)
      const ResourceArn = `${resources}:identity/${domain}`
      await unlessGone(client.send(new DeleteTenantResourceAssociationCommand({ TenantName, ResourceArn })))
    }
    if ((await ownerOf(domain)) !== tenant) return
    await unlessGone(client.send(new DeleteEmailIdentityCommand({ EmailIdentity: domain })))
  }

  return {
    put,
    remove,

    async removeTenant(tenant) {
      if (tenantPrefix === undefined) return
      await unlessGone(client.send(new DeleteTenantCommand({ TenantName: sesTenantName(tenantPrefix, tenant) })))
    },
  }
}

/** PKCS #8 without what PEM puts around it. */
function base64Of(pem: string): string {
  return pem
    .split('\n')
    .filter((line) => !line.startsWith('-----'))
    .join('')
}

async function unlessThere(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent
    return true
  } catch (error) {
    if (isNamed(error, 'AlreadyExistsException')) return false
    throw error
  }
}

async function unlessGone<Answer>(sent: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await sent
  } catch (error) {
    if (isNamed(error, 'NotFoundException')) return undefined
    throw error
  }
}
