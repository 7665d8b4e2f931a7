import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { messageOf } from '../jmap/failure.ts'
import { Button } from '../views/button.tsx'
import { Dialog } from '../views/dialog.tsx'

interface FormDialogProps {
  title: string
  /** What its button says. */
  action: string
  danger?: boolean
  wide?: boolean
  onClose(): void
  /** The dialog closes once it is done; what it throws is shown. */
  onSubmit(data: FormData): Promise<unknown>
  children: ComponentChildren
}

export function FormDialog({ title, action, danger, wide, onClose, onSubmit, children }: FormDialogProps) {
  return (
    <Dialog title={title} onClose={onClose} class={wide ? '' : 'small'}>
      <AdminForm
        action={action}
        danger={danger}
        onCancel={onClose}
        onSubmit={async (data) => {
          await onSubmit(data)
          onClose()
        }}
      >
        {children}
      </AdminForm>
    </Dialog>
  )
}

interface AdminFormProps {
  action: string
  danger?: boolean | undefined
  onCancel?(): void
  onSubmit(data: FormData): Promise<unknown>
  children: ComponentChildren
}

/** A form that tells what went wrong with it, and takes one submission at a time. */
export function AdminForm({ action, danger, onCancel, onSubmit, children }: AdminFormProps) {
  const [failure, setFailure] = useState<string>()
  const [busy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if (busy) return
    setFailure(undefined)
    setBusy(true)
    try {
      await onSubmit(new FormData(event.currentTarget as HTMLFormElement))
    } catch (error) {
      setFailure(messageOf(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form class="form" onSubmit={submit}>
      {children}
      <p class="failure" role="alert">
        {failure}
      </p>
      <footer>
        {onCancel && <Button onClick={onCancel}>Cancel</Button>}
        <Button type="submit" kind={danger ? 'danger' : 'primary'} busy={busy}>
          {action}
        </Button>
      </footer>
    </form>
  )
}

interface ConfirmProps {
  title: string
  action: string
  /** To be typed before it is done. */
  typed?: string
  onClose(): void
  onConfirm(): Promise<unknown>
  children: ComponentChildren
}

/** What cannot be taken back is asked for twice. */
export function Confirm({ title, action, typed, onClose, onConfirm, children }: ConfirmProps) {
  return (
    <FormDialog title={title} action={action} danger onClose={onClose} onSubmit={onConfirm}>
      <div>{children}</div>
      {typed !== undefined && (
        <label>
          <span>
            Type <bdi class="typed">{typed}</bdi> to go on
          </span>
          {/* biome-ignore lint/a11y/noAutofocus: the dialog was opened to type this */}
          <input name="typed" autoFocus autocomplete="off" spellcheck={false} required pattern={literal(typed)} />
        </label>
      )}
    </FormDialog>
  )
}

/** A pattern of this text alone, in the words of the `pattern` attribute. */
function literal(text: string): string {
  return text.replace(/[\^$\\.*+?()[\]{}|/]/g, '\\$&')
}

interface SelectFieldProps {
  label: string
  name: string
  chosen: string
  /** What each is called, by its value. */
  options: Readonly<Record<string, string>>
}

/** One of several in a form. */
export function SelectField({ label, name, chosen, options }: SelectFieldProps) {
  return (
    <label>
      <span>{label}</span>
      <select name={name}>
        {Object.entries(options).map(([value, text]) => (
          <option key={value} value={value} selected={value === chosen}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}

/** One thing a line. */
export function linesOf(data: FormData, name: string): string[] {
  return textOf(data, name)
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

export function textOf(data: FormData, name: string): string {
  return String(data.get(name) ?? '').trim()
}
