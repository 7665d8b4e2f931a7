import { online, sync } from '../state/live.ts'
import { announcement, dismiss, notices } from '../state/notices.ts'
import { Button, IconButton } from './button.tsx'

/** What was done and what failed, read out as it comes. */
export function Notices() {
  return (
    <div class="notices" role="region" aria-label="Notifications">
      <div role="status" class="notice-list">
        {!online.value && (
          <div class="notice failed">
            <span>No connection to the server. What you write is kept here.</span>
            <Button kind="quiet" onClick={sync}>
              Try again
            </Button>
          </div>
        )}
        {notices.value.map(({ id, text, kind, action }) => (
          <div key={id} class={`notice ${kind}`}>
            <span dir="auto">{text}</span>
            {action && (
              <Button
                kind="quiet"
                onClick={() => {
                  dismiss(id)
                  action.run()
                }}
              >
                {action.label}
              </Button>
            )}
            <IconButton icon="close" label="Dismiss" onClick={() => dismiss(id)} />
          </div>
        ))}
      </div>
      <div class="unseen" aria-live="polite">
        {announcement.value}
      </div>
    </div>
  )
}
