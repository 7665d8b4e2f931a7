import { quota } from '../state/quota.ts'
import { sizeText } from '../text/sizes.ts'

/** How full the mailbox is, where it has an end. */
export function QuotaLine() {
  const known = quota.value
  if (known === undefined || known.hardLimit <= 0) return null
  const share = Math.min(1, known.used / known.hardLimit)
  return (
    <div class={`quota ${share > 0.9 ? 'full' : ''}`}>
      <progress aria-label="Storage used" max={1} value={share} />
      <span>
        {sizeText(known.used)} of {sizeText(known.hardLimit)}
      </span>
    </div>
  )
}
