import { compose } from '../state/begin-draft.ts'
import { notifyFailure } from '../state/notices.ts'
import { isDark, theme } from '../state/preferences.ts'
import { go } from '../state/route.ts'
import { signedIn, signOut } from '../state/session.ts'
import { Button, IconButton } from './button.tsx'
import { Icon } from './icons.tsx'
import { Menu } from './menu.tsx'
import { Search } from './search.tsx'
import { helpOpen } from './shell.tsx'

export function TopBar() {
  const { email = '', administrator = false } = signedIn.value ?? {}
  const leave = () => signOut().catch((error) => notifyFailure('You are still signed in.', error, leave))
  return (
    <header class="top">
      <a class="brand" href="#/" aria-label="Tubepost: inbox">
        <span class="mark">
          <Icon name="unread" />
        </span>
        <span class="brand-name">Tubepost</span>
      </a>
      <Search />
      <div class="top-actions">
        <IconButton
          class="wide-only"
          icon="help"
          label="Keyboard shortcuts"
          shortcut="?"
          onClick={() => (helpOpen.value = true)}
        />
        <IconButton
          class="wide-only"
          icon={isDark() ? 'sun' : 'moon'}
          label={isDark() ? 'Light colours' : 'Dark colours'}
          onClick={() => (theme.value = isDark() ? 'light' : 'dark')}
        />
        <Menu
          label={`Account ${email}`}
          icon="person"
          class="avatar-button"
          items={[
            { label: 'Settings', icon: 'settings', run: () => go({ view: 'settings', section: 'general' }) },
            ...(administrator
              ? [{ label: 'Administration', icon: 'person' as const, run: () => go({ view: 'admin', path: [] }) }]
              : []),
            {
              label: isDark() ? 'Light colours' : 'Dark colours',
              icon: isDark() ? 'sun' : 'moon',
              run: () => (theme.value = isDark() ? 'light' : 'dark'),
            },
            { label: 'Keyboard shortcuts', icon: 'help', run: () => (helpOpen.value = true) },
            { label: `Sign out ${email}`, icon: 'forward', run: leave },
          ]}
        />
      </div>
    </header>
  )
}

export function ComposeButton() {
  return (
    <Button kind="primary" icon="compose" class="compose-button" shortcut="c" onClick={() => compose()}>
      Compose
    </Button>
  )
}
