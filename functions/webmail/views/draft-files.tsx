import { removeFile } from '../state/compose.ts'
import type { DraftFile } from '../state/draft.ts'
import { sizeText } from '../text/sizes.ts'
import { IconButton } from './button.tsx'
import { Icon } from './icons.tsx'

export function DraftFiles({ files }: { files: readonly DraftFile[] }) {
  if (files.length === 0) return null
  return (
    <ul class="draft-files" aria-label="Attached files">
      {files.map(({ key, name, size, blobId, progress, failure }) => (
        <li key={key} class={failure ? 'failed' : ''}>
          <Icon name="attachment" />
          <span class="file-name" dir="auto">
            {name}
          </span>
          <span class="file-size">{failure ?? sizeText(size)}</span>
          {blobId === undefined && failure === undefined && (
            <progress aria-label={`Uploading ${name}`} max={1} value={progress} />
          )}
          <IconButton icon="close" label={`Remove ${name}`} onClick={() => removeFile(key)} />
        </li>
      ))}
    </ul>
  )
}
