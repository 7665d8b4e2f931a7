import {
  DENSITIES,
  density,
  SHORTCUTS,
  shortcutsOn,
  THEMES,
  theme,
  UNDO_CHOICES,
  undoSend,
} from '../state/preferences.ts'
import { Choice } from './choice.tsx'

const THEME_NAMES = { system: 'As this device', light: 'Light', dark: 'Dark' }
const DENSITY_NAMES = { comfortable: 'Comfortable', compact: 'Compact' }
const KEY_NAMES = { on: 'Single keys are commands', off: 'No single keys' }

/** What a person likes on this device. */
export function General() {
  const undoNames = Object.fromEntries(UNDO_CHOICES.map((each) => [each, each === '0' ? 'Never' : `${each} seconds`]))
  return (
    <div class="form">
      <Choice legend="Colours" of={theme} values={THEMES} names={THEME_NAMES} />
      <Choice legend="List" of={density} values={DENSITIES} names={DENSITY_NAMES} />
      <Choice legend="A sent message can be taken back for" of={undoSend} values={UNDO_CHOICES} names={undoNames} />
      <Choice legend="Keyboard" of={shortcutsOn} values={SHORTCUTS} names={KEY_NAMES} />
    </div>
  )
}
