/**
 * POST to a URL that a stranger named, never to this network's own; redirects are not followed. Status 0 where nothing answered in time, with the
 * reason as the response, of which no more than `maxOctets` are read.
 */
export type PostRemote = (
  url: string,
  request: { headers: Record<string, string>; body: string; timeoutMs: number; maxOctets: number },
) => Promise<{ status: number; response: string }>
