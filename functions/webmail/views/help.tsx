import { OPERATORS } from '../text/search-query.ts'
import { Dialog } from './dialog.tsx'
import { SHORTCUTS } from './shortcuts.ts'

/** Keys and search words on one page. */
export default function Help({ onClose }: { onClose(): void }) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose} class="help">
      <dl class="keys">
        {SHORTCUTS.map(({ keys, what }) => (
          <div key={keys.join(' ')}>
            <dt>
              {keys.map((key, at) => (
                <>
                  {at > 0 && (keys[0] === 'g' ? ' then ' : ' or ')}
                  <kbd>{key}</kbd>
                </>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>Ctrl</kbd> + <kbd>Enter</kbd>
          </dt>
          <dd>Send what you write</dd>
        </div>
      </dl>
      <h3>In the search box</h3>
      <dl class="keys">
        {OPERATORS.map(([operator, meaning]) => (
          <div key={operator}>
            <dt>
              <code>{operator}</code>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p class="hint">Single keys can be turned off in the settings.</p>
    </Dialog>
  )
}
