/** A process of its own that serves POP3 from the folder it is given, and tells its port; for the test that kills it. */
import { openEmbeddedEngine } from '../../../shared/engines/embedded/engine.ts'
import { appendMessages } from '../../../shared/flows/mailboxes/append-messages.ts'
import { NO_FLAGS } from '../../../shared/mailbox/flags.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import { openStore } from '../../../shared/store/store.ts'
import { DEMO, message, PASSWORD, SCAN } from '../../house.ts'
import { startPop3 } from './pop3-server.ts'

const engine = await openEmbeddedEngine({ folder: process.argv[2]!, relay: { kind: 'capture' } })
const store = openStore(engine)
await store.directory.createTenant(DEMO, 'Demonstration')
await store.directory.addDomain(DEMO, 'demo.test', { verified: true })
const alice = await store.directory.createAccount(DEMO, { localPart: 'alice', domain: 'demo.test' }, PASSWORD)
const demo = store.tenant(DEMO)
const inbox = await demo.mailboxes.mailbox(alice, ['INBOX'])
const messages = [1, 2, 3].map((number) => ({ source: sourceOf(message(`message ${number}`)), flags: NO_FLAGS }))
await appendMessages(demo, inbox, messages, SCAN)
const server = await startPop3(store)
process.send!(server.plain.port)
