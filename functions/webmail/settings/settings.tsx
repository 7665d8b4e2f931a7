import type { ComponentType } from 'preact'
import { go } from '../state/route.ts'
import { IconButton } from '../views/button.tsx'
import { AppPasswords } from './app-passwords.tsx'
import { General } from './general.tsx'
import { Rules } from './rules.tsx'
import { Security } from './security.tsx'
import { Signatures } from './signatures.tsx'
import { StorageUse } from './storage.tsx'
import { Vacation } from './vacation.tsx'

interface Section {
  id: string
  title: string
  Page: ComponentType
}

const SECTIONS: readonly Section[] = [
  { id: 'general', title: 'General', Page: General },
  { id: 'signatures', title: 'Name and signature', Page: Signatures },
  { id: 'rules', title: 'Rules', Page: Rules },
  { id: 'vacation', title: 'Vacation', Page: Vacation },
  { id: 'app-passwords', title: 'App passwords', Page: AppPasswords },
  { id: 'security', title: 'Password and sessions', Page: Security },
  { id: 'storage', title: 'Storage', Page: StorageUse },
]

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
