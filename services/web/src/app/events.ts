/** Server-sent events by fetch: a header carries the token, so that it is in no address. */

export interface Event {
  /** Empty: nothing but a place from where to resume, such as a heartbeat has. */
  type: string
  id: string
  data: Record<string, unknown>
}

export interface Listening {
  /** Asked for at each attempt. */
  url: () => string
  token: () => Promise<string | undefined>
  onEvent: (event: Event) => void
  onOpen?: () => void
  onLost?: () => void
  signal: AbortSignal
}

const SOONEST_MS = 500
const LATEST_MS = 30_000
/** Twice as long as the server is ever silent: what says nothing then has ended without a word. */
const SILENT_MS = 60_000

/** Until told to stop; comes back by itself and misses nothing that the server still knows. */
export async function listen({ url, token, onEvent, onOpen, onLost, signal }: Listening): Promise<void> {
  let last = ''
  let wait = SOONEST_MS
  while (!signal.aborted) {
    const attempt = attemptUntil(signal)
    try {
      const bearer = await token()
      const headers: Record<string, string> = { Accept: 'text/event-stream' }
      if (bearer) headers.Authorization = `Bearer ${bearer}`
      if (last) headers['Last-Event-ID'] = last
      const response = await fetch(url(), { headers, signal: attempt.signal })
      if (!response.ok || !response.body) throw new Error(`${response.status}`)
      wait = SOONEST_MS
      onOpen?.()
      for await (const event of events(response.body, attempt.heard)) {
        if (event.id) last = event.id
        if (event.type) onEvent(event)
      }
    } catch {
      // The network, a token that ended, or silence: either way the next attempt begins afresh.
    } finally {
      attempt.end()
    }
    if (signal.aborted) return
    onLost?.()
    await pause(wait, signal)
    wait = Math.min(wait * 2, LATEST_MS)
  }
}

/** Aborts itself with the whole, or when nothing has been heard for too long. */
function attemptUntil(signal: AbortSignal) {
  const attempt = new AbortController()
  const abort = () => attempt.abort()
  let timer = setTimeout(abort, SILENT_MS)
  signal.addEventListener('abort', abort)
  return {
    signal: attempt.signal,
    heard: () => {
      clearTimeout(timer)
      timer = setTimeout(abort, SILENT_MS)
    },
    end: () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    },
  }
}

async function* events(body: ReadableStream<Uint8Array>, heard: () => void): AsyncGenerator<Event> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader()
  let buffer = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    heard()
    const parts = (buffer + value).split('\n\n')
    buffer = parts.pop() ?? ''
    for (const part of parts) {
      const event = parse(part)
      if (event) yield event
    }
  }
}

export function parse(part: string): Event | undefined {
  const found: Record<string, string> = {}
  for (const line of part.split('\n')) {
    const [, name, value] = line.match(/^(\w+): ?(.*)$/) ?? []
    if (name) found[name] = found[name] === undefined ? (value ?? '') : `${found[name]}\n${value}`
  }
  if (!found.data) return found.id ? { type: '', id: found.id, data: {} } : undefined
  return { type: found.event ?? 'message', id: found.id ?? '', data: JSON.parse(found.data) }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms * (0.75 + Math.random() / 2))
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
