import { useState } from 'preact/hooks'
import { folders } from '../state/mailboxes.ts'
import { parseAddresses } from '../text/addresses.ts'
import { Button, IconButton } from '../views/button.tsx'
import { type Rule, type RuleCondition, TEXT_FIELDS, type TextField } from './rule.ts'

const MEGABYTE = 1_000_000

interface RuleFormProps {
  rule: Rule
  onSave(rule: Rule): Promise<void>
  onCancel(): void
}

export function RuleForm({ rule, onSave, onCancel }: RuleFormProps) {
  const [draft, setDraft] = useState(rule)
  const [forward, setForward] = useState(rule.actions.forwardTo.join(', '))
  const [busy, setBusy] = useState(false)
  const act = (change: Partial<Rule['actions']>) => setDraft({ ...draft, actions: { ...draft.actions, ...change } })
  const condition = (at: number, next: RuleCondition) =>
    setDraft({ ...draft, conditions: draft.conditions.map((each, index) => (index === at ? next : each)) })
  const submit = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    const forwardTo = parseAddresses(forward).map(({ email }) => email)
    await onSave({ ...draft, name: draft.name.trim(), actions: { ...draft.actions, forwardTo } })
    setBusy(false)
  }
  const [folder = ''] = Object.keys(draft.actions.mailboxIds)
  const { conditions, actions, match } = draft
  return (
    <form class="form rule-form" onSubmit={submit} aria-label="Rule">
      <label>
        <span>Name of the rule</span>
        <input
          value={draft.name}
          dir="auto"
          onInput={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
        />
      </label>
      <fieldset>
        <legend>When</legend>
        {conditions.length > 1 && (
          <label>
            <span class="unseen">All or any</span>
            <select
              value={match}
              onChange={(event) => setDraft({ ...draft, match: event.currentTarget.value as Rule['match'] })}
            >
              <option value="all">all of these hold</option>
              <option value="any">any of these holds</option>
            </select>
          </label>
        )}
        {conditions.map((each, at) => (
          <ConditionFields
            key={String(at)}
            at={at + 1}
            condition={each}
            onChange={(next) => condition(at, next)}
            onRemove={() => setDraft({ ...draft, conditions: conditions.filter((_, index) => index !== at) })}
          />
        ))}
        <Button
          icon="plus"
          onClick={() =>
            setDraft({ ...draft, conditions: [...conditions, { field: 'from', test: 'contains', value: '' }] })
          }
        >
          One more condition
        </Button>
      </fieldset>
      <fieldset class="stacked">
        <legend>Then</legend>
        <label>
          <span>Move to</span>
          <select
            value={folder}
            onChange={(event) =>
              act({ mailboxIds: event.currentTarget.value ? { [event.currentTarget.value]: true } : {} })
            }
          >
            <option value="">Stay in the inbox</option>
            {folders.value.map(({ mailbox, path }) => (
              <option key={mailbox.id} value={mailbox.id}>
                {path}
              </option>
            ))}
          </select>
        </label>
        <Check label="Mark as read" checked={actions.markRead} onChange={(markRead) => act({ markRead })} />
        <Check label="Flag" checked={actions.flag} onChange={(flag) => act({ flag })} />
        <Check label="Throw into Trash" checked={actions.delete} onChange={(value) => act({ delete: value })} />
        <label>
          <span>Forward to</span>
          <input
            value={forward}
            dir="auto"
            inputMode="email"
            onInput={(event) => setForward(event.currentTarget.value)}
          />
        </label>
        <Check label="Ask no later rule" checked={actions.stop} onChange={(stop) => act({ stop })} />
      </fieldset>
      <footer>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" kind="primary" busy={busy}>
          Save the rule
        </Button>
      </footer>
    </form>
  )
}

interface ConditionFieldsProps {
  at: number
  condition: RuleCondition
  onChange(next: RuleCondition): void
  onRemove(): void
}

function ConditionFields({ at, condition, onChange, onRemove }: ConditionFieldsProps) {
  const choose = (field: string) => {
    if (field === 'hasAttachment') onChange({ field })
    else if (field === 'size') onChange({ field, test: 'over', octets: MEGABYTE })
    else onChange({ field: field as TextField, test: 'contains', value: 'value' in condition ? condition.value : '' })
  }
  return (
    <div class="condition">
      <select
        aria-label={`What is looked at, condition ${at}`}
        value={condition.field}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {Object.entries(TEXT_FIELDS).map(([field, name]) => (
          <option key={field} value={field}>
            {name}
          </option>
        ))}
        <option value="hasAttachment">Attachments</option>
        <option value="size">Size</option>
      </select>
      {condition.field === 'hasAttachment' && <span>are there</span>}
      {condition.field === 'size' && (
        <>
          <select
            aria-label={`Larger or smaller, condition ${at}`}
            value={condition.test}
            onChange={(event) => onChange({ ...condition, test: event.currentTarget.value as 'over' | 'under' })}
          >
            <option value="over">is over</option>
            <option value="under">is under</option>
          </select>
          <input
            type="number"
            min="0"
            step="any"
            aria-label={`Megabytes, condition ${at}`}
            value={condition.octets / MEGABYTE}
            onInput={(event) =>
              onChange({ ...condition, octets: Math.round(event.currentTarget.valueAsNumber * MEGABYTE) || 0 })
            }
          />
        </>
      )}
      {'value' in condition && (
        <>
          <select
            aria-label={`How it is compared, condition ${at}`}
            value={condition.test}
            onChange={(event) => onChange({ ...condition, test: event.currentTarget.value as 'contains' | 'is' })}
          >
            <option value="contains">has</option>
            <option value="is">is</option>
          </select>
          <input
            dir="auto"
            required
            aria-label={`Words, condition ${at}`}
            value={condition.value}
            onInput={(event) => onChange({ ...condition, value: event.currentTarget.value })}
          />
        </>
      )}
      <IconButton icon="close" label={`Remove condition ${at}`} onClick={onRemove} />
    </div>
  )
}

function Check({ label, checked, onChange }: { label: string; checked: boolean; onChange(value: boolean): void }) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  )
}
