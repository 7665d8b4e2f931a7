import { useEffect, useState } from 'preact/hooks'
import { folders } from '../state/mailboxes.ts'
import { Button, IconButton } from '../views/button.tsx'
import { Loading } from './loading.tsx'
import { emptyRule, type Rule, ruleLike, ruleSource, ruleText } from './rule.ts'
import { RuleForm } from './rule-form.tsx'
import { useRecords } from './use-records.ts'

/** What is done with mail as it comes in. */
export function Rules() {
  const { list, failure, load, change } = useRecords<Rule>('Rule')
  const [editing, setEditing] = useState(() => ruleSource.peek() && ruleLike(ruleSource.peek()!))
  useEffect(() => {
    ruleSource.value = undefined // it was taken
  }, [])
  const rules = (list ?? []).toSorted((a, b) => a.sortOrder - b.sortOrder)
  const save = async (rule: Rule) => {
    const { id, ...rest } = rule
    const order = Math.max(0, ...rules.map(({ sortOrder }) => sortOrder)) + 1
    const done = await change(
      id === '' ? { create: { made: { ...rest, sortOrder: order } } } : { update: { [id]: rest } },
    )
    if (done) setEditing(undefined)
  }
  /** Order is by number; both get a new one, whatever they had. */
  const raise = (at: number) => {
    const order = rules.map(({ id }) => id)
    const [moved] = order.splice(at, 1)
    order.splice(at - 1, 0, moved!)
    void change({ update: Object.fromEntries(order.map((id, index) => [id, { sortOrder: index + 1 }])) })
  }
  return (
    <Loading of={list} failure={failure} load={load}>
      <p>A rule looks at each message as it comes in. They are asked in this order.</p>
      <ul class="items" aria-label="Rules">
        {rules.map((rule, at) => (
          <li key={rule.id}>
            <div>
              <bdi>{rule.name || ruleText(rule, folders.value)}</bdi>
              {rule.name && <small>{ruleText(rule, folders.value)}</small>}
            </div>
            <label class="check">
              <input
                type="checkbox"
                aria-label={`In use: ${rule.name}`}
                checked={rule.isEnabled}
                onChange={() => change({ update: { [rule.id]: { isEnabled: !rule.isEnabled } } })}
              />
            </label>
            {at > 0 && (
              <IconButton icon="back" class="turned" label={`Earlier: ${rule.name}`} onClick={() => raise(at)} />
            )}
            <Button onClick={() => setEditing(rule)}>Change</Button>
            <IconButton icon="trash" label={`Remove ${rule.name}`} onClick={() => change({ destroy: [rule.id] })} />
          </li>
        ))}
      </ul>
      {rules.length === 0 && <p class="hint">There is none: everything comes into the inbox.</p>}
      {editing ? (
        <RuleForm key={editing.id} rule={editing} onSave={save} onCancel={() => setEditing(undefined)} />
      ) : (
        <div>
          <Button kind="primary" icon="plus" onClick={() => setEditing(emptyRule())}>
            New rule
          </Button>
        </div>
      )}
    </Loading>
  )
}
