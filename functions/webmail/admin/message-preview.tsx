import { useState } from 'preact/hooks'
import { Button } from '../views/button.tsx'
import { Icon } from '../views/icons.tsx'
import { SafeFrame } from '../views/message-frame.tsx'

interface MessagePreviewProps {
  subject: string
  html: string | null
  text: string | null
  headers?: Readonly<Record<string, string>>
}

/** A message as its readers see it: cleaned, in the frame that runs nothing and loads nothing. */
export function MessagePreview({ subject, html, text, headers }: MessagePreviewProps) {
  const views = [
    ...(html === null ? [] : ['HTML']),
    ...(text === null ? [] : ['Text']),
    ...(html === null ? [] : ['Source']),
    ...(headers === undefined ? [] : ['Header']),
  ]
  const [chosen, setChosen] = useState<string>()
  const [remote, setRemote] = useState(false)
  const [held, setHeld] = useState(0)
  const view = chosen ?? views[0]
  if (view === undefined) return <p class="hint">There is no text in it.</p>
  return (
    <div class="preview">
      <fieldset class="views">
        <legend class="unseen">Shown as</legend>
        {views.map((each) => (
          <label key={each}>
            <input type="radio" name="view" checked={each === view} onChange={() => setChosen(each)} />
            <span>{each}</span>
          </label>
        ))}
      </fieldset>
      {view === 'HTML' && html !== null && (
        <>
          {held > 0 && !remote && (
            <p class="message-note">
              <Icon name="image" />
              <span>{held === 1 ? 'One image' : `${held} images`} from elsewhere not loaded.</span>
              <Button onClick={() => setRemote(true)}>Show images</Button>
            </p>
          )}
          <SafeFrame
            key={String(remote)}
            title={`Message: ${subject}`}
            html={html}
            remote={remote}
            partUrl={() => undefined}
            onHeld={setHeld}
          />
        </>
      )}
      {view === 'Text' && (
        <pre class="text" dir="auto">
          {text}
        </pre>
      )}
      {view === 'Source' && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
        <pre class="text source" tabIndex={0} role="region" aria-label="HTML source">
          {html}
        </pre>
      )}
      {view === 'Header' && headers && (
        <dl class="facts">
          {Object.entries(headers).map(([name, value]) => (
            <>
              <dt key={name}>{name}</dt>
              <dd>
                <bdi>{value}</bdi>
              </dd>
            </>
          ))}
        </dl>
      )}
    </div>
  )
}
