import type { ComponentType } from 'preact'
import { go } from '../state/route.ts'
import { IconButton } from '../views/button.tsx'
import { General } from './general.tsx'

interface Section {
  id: string
  title: string
  Page: ComponentType
}

const SECTIONS: readonly Section[] = [{ id: 'general', title: 'General', Page: General }]

export default function Settings({ section }: { section: string }) {
  const open = SECTIONS.find(({ id }) => id === section) ?? SECTIONS[0]!
  return (
    <div class="settings">
      <header>
        <IconButton icon="back" label="Back to mail" onClick={() => go({ view: 'mail' })} />
        <h1>Settings</h1>
      </header>
      <nav class="settings-nav" aria-label="Settings">
        <ul>
          {SECTIONS.map(({ id, title }) => (
            <li key={id}>
              <a href={`#/settings/${id}`} aria-current={id === open.id ? 'page' : undefined}>
                {title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <section class="settings-section" aria-labelledby="settings-title">
        <h2 id="settings-title">{open.title}</h2>
        <open.Page />
      </section>
    </div>
  )
}
