import { jmap } from './jmap/jmap.ts'
import { jmapWebSocket } from './jmap/jmap-web-socket.ts'
import type { Resource } from './serve-resources.ts'
import { signIn } from './sign-in.ts'

/** What people's mail programs and browsers ask for. */
export const WEBMAIL_RESOURCES: readonly Resource[] = [signIn, jmap, jmapWebSocket]
