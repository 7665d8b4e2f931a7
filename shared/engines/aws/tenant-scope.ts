/** Table and bucket as one tenant's own credentials reach them. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { S3Client } from '@aws-sdk/client-s3'
import type { TenantId } from '../../mailbox/ids.ts'
import { LruMap } from '../../mailbox/lru-map.ts'
import type { Blobs } from '../../ports/blobs.ts'
import type { Table } from '../../ports/table.ts'
import type { Credentials } from './clients.ts'

export interface Scoped {
  table: Table
  blobs: Blobs
}

export interface TenantScopeOptions {
  credentialsOf(tenant: TenantId): Promise<Credentials>
  /** Clients that sign with these credentials, on the connections of the process. */
  clients(credentials: () => Promise<Credentials>): { dynamodb: DynamoDBClient; s3: S3Client }
  ports(clients: { dynamodb: DynamoDBClient; s3: S3Client }): Scoped
}

/** A client costs some 10 KB of memory, and signing keys. */
const CLIENTS_AT_HAND = 200

/** What is given out is small and stays; the clients behind it are made anew when the tenant was quiet for long. */
export function tenantScope({ credentialsOf, clients, ports }: TenantScopeOptions): (tenant: TenantId) => Scoped {
  const atHand = new LruMap<TenantId, Scoped>(CLIENTS_AT_HAND)
  function of(tenant: TenantId): Scoped {
    const known = atHand.get(tenant)
    if (known !== undefined) return known
    const made = ports(clients(() => credentialsOf(tenant)))
    atHand.set(tenant, made)
    return made
  }
  return (tenant) => ({
    table: {
      get: (key) => of(tenant).table.get(key),
      getMany: (keys) => of(tenant).table.getMany(keys),
      query: (pk, query) => of(tenant).table.query(pk, query),
      write: (operations) => of(tenant).table.write(operations),
    },
    blobs: {
      put: (name, source, metadata) => of(tenant).blobs.put(name, source, metadata),
      head: (name) => of(tenant).blobs.head(name),
      get: (name, range) => of(tenant).blobs.get(name, range),
      list: (prefix, options) => of(tenant).blobs.list(prefix, options),
      delete: (name) => of(tenant).blobs.delete(name),
      purge: (prefix) => of(tenant).blobs.purge(prefix),
      link: (name, options) => of(tenant).blobs.link(name, options),
      uploadLink: (name, options) => of(tenant).blobs.uploadLink(name, options),
    },
  })
}
