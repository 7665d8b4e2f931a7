import { notify } from '../state/notices.ts'
import { call } from './api.ts'
import { AdminForm, linesOf, SelectField, textOf } from './form-dialog.tsx'
import { Card } from './parts.tsx'
import type { Domain } from './types.ts'

const TLS = {
  opportunistic: 'Where the other side has it',
  enforced: 'Always: mail is rather returned',
}
const DMARC = {
  reject: 'Is refused, where its owner asks for that',
  junk: 'Goes into Junk',
  none: 'Comes in as any other',
}

/** What a domain is for, and what is kept out of it. */
export function DomainSettings({ domain, path, onChange }: { domain: Domain; path: string; onChange(): unknown }) {
  const { capabilities, tls, protection } = domain
  const change = async (body: object, text: string) => {
    await call('PATCH', path, body)
    await onChange()
    notify({ kind: 'done', text })
  }
  const able = (data: FormData, name: string) => (data.get(name) === null ? 'disabled' : 'enabled')
  return (
    <>
      <Card title="Use">
        <AdminForm
          action="Save the use"
          onSubmit={(data) =>
            change(
              {
                capabilities: { receiving: able(data, 'receiving'), sending: able(data, 'sending') },
                tls: textOf(data, 'tls'),
              },
              'The use of the domain is saved',
            )
          }
        >
          <label class="check">
            <input type="checkbox" name="receiving" defaultChecked={capabilities.receiving === 'enabled'} />
            <span>It receives mail</span>
          </label>
          <label class="check">
            <input type="checkbox" name="sending" defaultChecked={capabilities.sending === 'enabled'} />
            <span>It sends mail</span>
          </label>
          <SelectField label="Encryption on the way out" name="tls" chosen={tls} options={TLS} />
        </AdminForm>
      </Card>
      {protection && (
        <Card title="Protection">
          <AdminForm
            action="Save the protection"
            onSubmit={(data) =>
              change(
                {
                  protection: {
                    dmarc: textOf(data, 'dmarc'),
                    greylisting: data.get('greylisting') !== null,
                    dnsbl: linesOf(data, 'dnsbl'),
                  },
                },
                'The protection is saved',
              )
            }
          >
            <SelectField label="Mail that fails DMARC" name="dmarc" chosen={protection.dmarc} options={DMARC} />
            <label class="check">
              <input type="checkbox" name="greylisting" defaultChecked={protection.greylisting} />
              <span>Greylisting: who was not seen before must come again</span>
            </label>
            <label>
              <span>Block lists (DNSBL), one a line</span>
              <textarea
                name="dnsbl"
                rows={3}
                spellcheck={false}
                placeholder="zen.example.org"
                defaultValue={protection.dnsbl.join('\n')}
              />
            </label>
          </AdminForm>
        </Card>
      )}
    </>
  )
}
