import { readdirSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { Store } from '../shared/store/store.ts'
import { imapScenes } from './transcripts/imap-scene.ts'
import { openTestStore } from './transcripts/opened-store.ts'
import { pop3Scenes } from './transcripts/pop3-scene.ts'
import { smtpScenes } from './transcripts/smtp-scene.ts'
import { type MakeScene, parseTranscript, play } from './transcripts/transcript.ts'

/** A folder of transcripts for each protocol, and who sets its scenes. */
const PROTOCOLS: Record<string, (store: Store) => MakeScene> = {
  pop3: pop3Scenes,
  imap: imapScenes,
  smtp: smtpScenes,
}

const FOLDER = new URL('transcripts/', import.meta.url)
let opened: Awaited<ReturnType<typeof openTestStore>>

before(async () => {
  opened = await openTestStore()
})
after(async () => opened.close())

for (const [protocol, scenes] of Object.entries(PROTOCOLS)) {
  for (const file of readdirSync(new URL(`${protocol}/`, FOLDER)).sort()) {
    const source = readFileSync(new URL(`${protocol}/${file}`, FOLDER), 'utf8')
    for (const conversation of parseTranscript(source, `${protocol}/${file}`)) {
      test(conversation.title, () => play(conversation, scenes(opened.store)))
    }
  }
}
