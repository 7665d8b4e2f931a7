import { useState } from 'preact/hooks'
import { messageOf } from '../jmap/failure.ts'
import { type AccountSettings, accountSettings, changeAccountSettings } from '../state/account-settings.ts'
import { DENSITIES, density, SHORTCUTS, shortcutsOn, THEMES, theme } from '../state/preferences.ts'
import { Choice } from './choice.tsx'

const THEME_NAMES = { system: 'As this device', light: 'Light', dark: 'Dark' }
const DENSITY_NAMES = { comfortable: 'Comfortable', compact: 'Compact' }
const KEY_NAMES = { on: 'Single keys are commands', off: 'No single keys' }
const UNDO = [0, 5, 10, 20, 30, 60]

/** What a person likes: on this device, and, for sending and images, everywhere. */
export function General() {
  const [failure, setFailure] = useState<string>()
  const { undoSendSeconds, loadRemoteImages } = accountSettings.value
  const change = (what: Partial<AccountSettings>) => {
    setFailure(undefined)
    changeAccountSettings(what).catch((error) => setFailure(messageOf(error)))
  }
  const choices = UNDO.includes(undoSendSeconds) ? UNDO : [...UNDO, undoSendSeconds]
  return (
    <div class="form">
      <Choice legend="Colours" of={theme} values={THEMES} names={THEME_NAMES} />
      <Choice legend="List" of={density} values={DENSITIES} names={DENSITY_NAMES} />
      <Choice legend="Keyboard" of={shortcutsOn} values={SHORTCUTS} names={KEY_NAMES} />
      <label>
        <span>What you send can be taken back for</span>
        <select
          value={String(undoSendSeconds)}
          onChange={(event) => change({ undoSendSeconds: Number(event.currentTarget.value) })}
        >
          {choices.map((seconds) => (
            <option key={seconds} value={String(seconds)}>
              {seconds === 0 ? 'Not at all' : `${seconds} seconds`}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={loadRemoteImages}
          onChange={(event) => change({ loadRemoteImages: event.currentTarget.checked })}
        />
        <span>Show images from elsewhere without asking; senders learn when you read</span>
      </label>
      <p class="failure" role="alert">
        {failure}
      </p>
    </div>
  )
}
