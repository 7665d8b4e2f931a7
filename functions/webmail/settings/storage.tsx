import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../jmap/failure.ts'
import { loadQuota, quota } from '../state/quota.ts'
import { sizeText } from '../text/sizes.ts'

/** How much there is room for. */
export function StorageUse() {
  const [failure, setFailure] = useState<string>()
  useEffect(() => {
    loadQuota().catch((error) => setFailure(messageOf(error)))
  }, [])
  const known = quota.value
  if (failure) {
    return (
      <p class="failure" role="alert">
        {failure}
      </p>
    )
  }
  if (known === undefined) return <p>This account has no limit.</p>
  const share = Math.min(1, known.used / known.hardLimit)
  return (
    <>
      <p>
        {sizeText(known.used)} of {sizeText(known.hardLimit)} are used: {Math.round(share * 100)} %.
      </p>
      <progress aria-label="Storage used" max={1} value={share} />
      <p class="hint">What lies in Trash and Junk counts, too. A full mailbox takes no more mail.</p>
    </>
  )
}
