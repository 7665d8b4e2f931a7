import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../jmap/failure.ts'
import type { Identity } from '../jmap/types.ts'
import { changeIdentity, identities, loadIdentities } from '../state/identities.ts'
import { notify } from '../state/notices.ts'
import { Button } from '../views/button.tsx'
import { Loading } from './loading.tsx'

/** Name and signature of each address that the account writes from. */
export function Signatures() {
  const [failure, setFailure] = useState<string>()
  const load = () => {
    setFailure(undefined)
    loadIdentities().catch((error) => setFailure(messageOf(error)))
  }
  useEffect(load, [])
  const list = identities.value
  return (
    <Loading of={list.length > 0 ? list : undefined} failure={failure} load={load}>
      {list.map((identity) => (
        <IdentityForm key={identity.id} identity={identity} />
      ))}
    </Loading>
  )
}

function IdentityForm({ identity }: { identity: Identity }) {
  const [name, setName] = useState(identity.name)
  const [signature, setSignature] = useState(identity.textSignature)
  const [failure, setFailure] = useState<string>()
  const [busy, setBusy] = useState(false)
  const submit = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    setFailure(undefined)
    try {
      await changeIdentity(identity.id, { name: name.trim(), textSignature: signature, htmlSignature: '' })
      notify({ kind: 'done', text: `Kept for ${identity.email}` })
    } catch (error) {
      setFailure(messageOf(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form class="form" onSubmit={submit} aria-label={identity.email}>
      <h3 dir="auto">{identity.email}</h3>
      <label>
        <span>Your name</span>
        <input value={name} dir="auto" autocomplete="name" onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <label>
        <span>Signature</span>
        <textarea rows={4} dir="auto" value={signature} onInput={(event) => setSignature(event.currentTarget.value)} />
      </label>
      <p class="failure" role="alert">
        {failure}
      </p>
      <footer>
        <Button type="submit" kind="primary" busy={busy}>
          Save
        </Button>
      </footer>
    </form>
  )
}
