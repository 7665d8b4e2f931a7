import DOMPurify from 'dompurify'
import { useEffect, useRef, useState } from 'preact/hooks'
import { simpleBody, simpleHtml } from '../safe/safe-html.ts'
import { safeLink } from '../safe/safe-url.ts'
import { IconButton } from './button.tsx'
import type { IconName } from './icons.tsx'

interface EditorProps {
  initial: string
  onChange(html: string): void
  onFiles(files: FileList): void
}

const COMMANDS: readonly { icon: IconName; label: string; command: string; key?: string }[] = [
  { icon: 'bold', label: 'Bold', command: 'bold', key: 'Control+B' },
  { icon: 'italic', label: 'Italic', command: 'italic', key: 'Control+I' },
  { icon: 'underline', label: 'Underline', command: 'underline', key: 'Control+U' },
  { icon: 'list', label: 'List', command: 'insertUnorderedList' },
  { icon: 'numbers', label: 'Numbered list', command: 'insertOrderedList' },
  { icon: 'quote', label: 'Quote', command: 'formatBlock' },
]

/** Text with a little emphasis. What is pasted keeps its words, lists and links, and nothing else. */
export function Editor({ initial, onChange, onFiles }: EditorProps) {
  const area = useRef<HTMLDivElement>(null)
  const [states, setStates] = useState<Record<string, boolean>>({})
  useEffect(() => {
    area.current!.replaceChildren(...simpleBody(initial).childNodes)
    document.execCommand('defaultParagraphSeparator', false, 'div')
    document.execCommand('styleWithCSS', false, 'false')
    const changed = () => {
      if (!area.current?.contains(document.getSelection()?.anchorNode ?? null)) return
      const marks = ['bold', 'italic', 'underline', 'insertUnorderedList', 'insertOrderedList']
      setStates(Object.fromEntries(marks.map((mark) => [mark, document.queryCommandState(mark)])))
    }
    document.addEventListener('selectionchange', changed)
    return () => document.removeEventListener('selectionchange', changed)
  }, [])
  const tell = () => onChange(area.current!.innerHTML)
  const run = (command: string) => {
    area.current!.focus()
    document.execCommand(command, false, command === 'formatBlock' ? 'blockquote' : undefined)
    tell()
  }
  const addLink = () => {
    const typed = prompt('Where should the link lead?', 'https://')
    const href = typed === null ? undefined : safeLink(typed)
    if (href === undefined) return
    area.current!.focus()
    const selected = document.getSelection()?.toString()
    if (selected) document.execCommand('createLink', false, href)
    else insertLink(href)
    tell()
  }
  const paste = (event: ClipboardEvent) => {
    const data = event.clipboardData
    if (data === null) return
    if (data.files.length > 0 && !data.types.includes('text/html')) {
      event.preventDefault()
      onFiles(data.files)
      return
    }
    const html = data.getData('text/html')
    if (html === '') return // plain text goes in as the browser does it
    event.preventDefault()
    insertSafe(simpleHtml(html))
    tell()
  }
  return (
    <div class="editor">
      <div
        ref={area}
        class="editor-area"
        contentEditable
        role="textbox"
        aria-multiline="true"
        aria-label="Message"
        dir="auto"
        tabIndex={0}
        onInput={tell}
        onPaste={paste}
      />
      <div class="editor-tools" role="toolbar" aria-label="Text style">
        {COMMANDS.map(({ icon, label, command, key }) => (
          <IconButton
            key={command}
            icon={icon}
            label={label}
            pressed={states[command] ?? false}
            onClick={() => run(command)}
            {...(key && { shortcut: key })}
          />
        ))}
        <IconButton icon="link" label="Link" onClick={addLink} />
      </div>
    </div>
  )
}

function insertLink(href: string): void {
  const link = document.createElement('a')
  link.href = href
  link.textContent = href
  insertSafe(link.outerHTML)
}

/** As one step that the person can undo. The policy of Trusted Types asks for what was cleaned, and gets it cleaned once more. */
function insertSafe(html: string): void {
  const trusted = DOMPurify.sanitize(html, { RETURN_TRUSTED_TYPE: true })
  document.execCommand('insertHTML', false, trusted as unknown as string)
}
