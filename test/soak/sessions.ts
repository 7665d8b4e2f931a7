import { LineClient } from '../bench/line-client.ts'

/** All sessions of a soak, and what they have to say of the server. */
export interface Crowd {
  ports: Readonly<Record<string, number>>
  /** Addresses, of as many accounts as there would be for so many sessions. */
  users: readonly string[]
  /** The server has been told to stop: it may say goodbye, and refuse who comes anew. */
  stopping: boolean
  /** Sessions that have signed in, or were told that somebody else has the maildrop. */
  joined: number
  /** Commands and downloads that were answered. */
  acts: number
  /** Sessions that wait for an answer. */
  acting: number
  /** Nobody begins anything before it resolves. */
  opening: Promise<void>
  /** What a client would have shown its user. */
  complaints: string[]
}

const PASSWORD = 'tubepost-demo'
const SESSIONS_PER_USER = 25
const STILL_MS = 60_000
/** So that each mailbox has what is fetched and stored while others append and expunge. */
const FIRST_MESSAGES = 5
const TEXT = `From: soak@example.net\r\nSubject: soak\r\n\r\n${'Some words that are read.\r\n'.repeat(200)}`

type Act = (client: LineClient, crowd: Crowd) => Promise<void>

/** What a session does at one time, with the others; it does not begin while the crowd is held still. */
async function doing<T>(crowd: Crowd, work: () => Promise<T>): Promise<T> {
  await crowd.opening
  crowd.acting += 1
  try {
    return await work()
  } finally {
    crowd.acting -= 1
  }
}

/** Runs `work` while every session is signed in and none is waiting for an answer. Throws where they do not come to rest within a minute. */
export async function whileStill<T>(crowd: Crowd, work: () => Promise<T>): Promise<T> {
  let open: () => void = () => undefined
  crowd.opening = new Promise((resolve) => {
    open = resolve
  })
  try {
    const end = performance.now() + STILL_MS
    while (crowd.acting > 0) {
      if (performance.now() > end) throw new Error(`${crowd.acting} sessions do not get their answers`)
      await pause(20)
    }
    return await work()
  } finally {
    open()
  }
}

function imap(...acts: Act[]) {
  return async (crowd: Crowd, user: string): Promise<void> => {
    const client = await LineClient.open(crowd.ports['imap']!)
    try {
      await doing(crowd, async () => {
        await client.line()
        await client.command(`LOGIN ${user} ${PASSWORD}`)
        await client.command('SELECT INBOX')
      })
      crowd.joined += 1
      for (;;) {
        for (const act of acts) {
          await act(client, crowd)
          crowd.acts += 1
          await pause(2000 + Math.random() * 8000)
        }
      }
    } catch (error) {
      // After its BYE a server may close; a client then comes again without a word to its user.
      if (crowd.stopping && client.lastWords.includes('* BYE')) return
      const words = client.lastWords.subarray(-60).toString('latin1')
      throw new Error(`${(error as Error).message}, last said ${JSON.stringify(words)}`)
    } finally {
      client.end()
    }
  }
}

/** Downloads all there is and quits, again and again; that another has the maildrop is no news. */
async function pop3(crowd: Crowd, user: string): Promise<void> {
  let hasJoined = false
  while (!crowd.stopping) {
    try {
      await doing(crowd, () => download(crowd, user))
      if (!hasJoined) crowd.joined += 1
      hasJoined = true
    } catch (error) {
      if (!crowd.stopping) throw error
    }
    await pause(1000 + Math.random() * 4000)
  }
}

async function download(crowd: Crowd, user: string): Promise<void> {
  const client = await LineClient.open(crowd.ports['pop3']!)
  try {
    await client.line()
    await client.exchange(`USER ${user}`)
    const entered = await client.exchange(`PASS ${PASSWORD}`)
    if (entered.startsWith('+OK')) {
      const [, count] = (await client.exchange('STAT')).split(' ')
      for (let number = 1; number <= Math.min(5, Number(count)); number += 1) {
        await client.exchange(`RETR ${number}`)
        while ((await client.line()) !== '.');
        crowd.acts += 1
      }
    } else if (!/^-ERR \[(IN-USE|SYS\/TEMP)\]/.test(entered)) throw new Error(entered)
    await client.exchange('QUIT')
  } finally {
    client.end()
  }
}

const idle: Act = async (client, crowd) => {
  await doing(crowd, async () => {
    client.write('x IDLE\r\n')
    while (!(await client.line()).startsWith('+ '));
  })
  await Promise.race([pause(5000 + Math.random() * 10_000), client.closing])
  await doing(crowd, async () => {
    client.write('DONE\r\n')
    await client.tagged()
  })
}

const commands =
  (...texts: string[]): Act =>
  (client, crowd) =>
    doing(crowd, async () => {
      for (const text of texts) await client.command(text)
    })

const append = commands(`APPEND INBOX {${TEXT.length}+}\r\n${TEXT}`, 'NOOP')
/** As many as were appended, so that the mailbox stays as large as it is. */
const expunge = commands('STORE 1:2 +FLAGS.SILENT (\\Deleted)', 'EXPUNGE')

export const KINDS: readonly ((crowd: Crowd, user: string) => Promise<void>)[] = [
  imap(idle),
  imap(idle),
  imap(idle),
  imap(commands('FETCH 1:* (FLAGS UID)')),
  imap(commands('FETCH * (ENVELOPE BODYSTRUCTURE)'), commands('FETCH * BODY.PEEK[]')),
  imap(append, append, expunge),
  imap(commands('STORE * +FLAGS (\\Flagged)'), commands('STORE * -FLAGS (\\Flagged)')),
  pop3,
]

/** Accounts of the demonstration, with some mail in each. */
export async function makeUsers(ports: Readonly<Record<string, number>>, sessions: number): Promise<string[]> {
  const users = Array.from({ length: Math.ceil(sessions / SESSIONS_PER_USER) }, (_, index) => `soak${index}@demo.test`)
  for (const address of users) {
    const made = await fetch(`http://127.0.0.1:${ports['http']}/accounts`, {
      method: 'POST',
      headers: { authorization: 'Bearer re_demo', 'content-type': 'application/json' },
      body: JSON.stringify({ address, password: PASSWORD }),
    })
    if (!made.ok) throw new Error(`${made.status} ${await made.text()}`)
    const client = await LineClient.open(ports['imap']!)
    await client.line()
    await client.command(`LOGIN ${address} ${PASSWORD}`)
    const appends = ` {${TEXT.length}+}\r\n${TEXT}`.repeat(FIRST_MESSAGES)
    await client.command(`APPEND INBOX${appends}`)
    client.end()
  }
  return users
}

let joined = 0

/** Resolves when the session is over, and notes what went wrong with it. */
export async function joinCrowd(crowd: Crowd, kind: (typeof KINDS)[number]): Promise<void> {
  try {
    // Each has sessions of every kind.
    const user = Math.floor(joined++ / KINDS.length) % crowd.users.length
    await kind(crowd, crowd.users[user]!)
  } catch (error) {
    crowd.complaints.push(`${crowd.stopping ? 'while draining' : 'before'}: ${(error as Error).message}`)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
