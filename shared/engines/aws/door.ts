/** What SES laid under `door/` of the bucket: objects without the digest that those of ours have. */
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import type { Door } from '../../ports/door.ts'
import { type DownloadOptions, downloader } from './blob-download.ts'
import { repeatable } from './retries.ts'

export const DOOR_PREFIX = 'door/'

export function openDoor({ client, bucket, patience }: DownloadOptions): Door {
  const download = downloader({ client, bucket, patience })
  return {
    async open(name) {
      checkName(name)
      const found = await download(name)
      return typeof found === 'string' ? undefined : { length: found.length, content: found.content }
    },

    async delete(name) {
      checkName(name)
      await repeatable(patience, () => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: name })))
    },
  }
}

/** A notice names what to read and delete: it reaches nothing but the door. */
function checkName(name: string): void {
  if (!name.startsWith(DOOR_PREFIX)) throw new RangeError(`${JSON.stringify(name)} is no object at the door`)
}
