/** Listening: what comes, what was missed, and coming back. */
import { afterEach, expect, test, vi } from 'vitest'
import { type Event, listen, parse } from './events'

afterEach(() => vi.unstubAllGlobals())

test('an event has a type, an id and its data', () => {
  expect(parse('event: appointment.created\nid: b1.s2\ndata: {"a":\ndata: 1}')).toEqual({
    type: 'appointment.created',
    id: 'b1.s2',
    data: { a: 1 },
  })
  expect(parse('retry: 3000')).toBeUndefined()
  expect(parse(': heartbeat')).toBeUndefined()
  expect(parse(': heartbeat\nid: b2.s2')).toMatchObject({ type: '', id: 'b2.s2' })
})

test('whoever comes back says what was heard last, with a fresh token', async () => {
  const asked: Record<string, string>[] = []
  const leaving = new AbortController()
  const heard: Event[] = []
  let lost = 0
  vi.stubGlobal('fetch', async (_: string, { headers }: { headers: Record<string, string> }) => {
    asked.push(headers)
    if (asked.length === 3) leaving.abort()
    // In two pieces: events do not end where packets do.
    const body = new ReadableStream({
      start(stream) {
        for (const part of ['retry: 1\n\nid: b', `${asked.length}\ndata: {}\n\n`])
          stream.enqueue(new TextEncoder().encode(part))
        stream.close()
      },
    })
    return new Response(body)
  })
  vi.useFakeTimers()
  const done = listen({
    url: () => '/x',
    token: async () => `token${asked.length}`,
    onEvent: (event) => heard.push(event),
    onLost: () => lost++,
    signal: leaving.signal,
  })
  await vi.runAllTimersAsync()
  await done
  vi.useRealTimers()
  expect(asked.map((headers) => [headers.Authorization, headers['Last-Event-ID']])).toEqual([
    ['Bearer token0', undefined],
    ['Bearer token1', 'b1'],
    ['Bearer token2', 'b2'],
  ])
  expect(heard.map(({ id }) => id).slice(0, 2)).toEqual(['b1', 'b2'])
  expect(lost).toBe(2)
})

test('what has been silent for a minute is dead; heartbeats are not silence', async () => {
  vi.useFakeTimers()
  const asked: (string | undefined)[] = []
  const leaving = new AbortController()
  const states: string[] = []
  let say: (text: string) => void = () => undefined
  vi.stubGlobal('fetch', async (_: string, { headers, signal }: RequestInit & { headers: Record<string, string> }) => {
    asked.push(headers['Last-Event-ID'])
    const body = new ReadableStream({
      start(stream) {
        say = (text) => stream.enqueue(new TextEncoder().encode(text))
        signal?.addEventListener('abort', () => stream.error(new DOMException('', 'AbortError')))
      },
    })
    return new Response(body)
  })
  const done = listen({
    url: () => '/x',
    token: async () => 'token',
    onEvent: () => undefined,
    onOpen: () => states.push('live'),
    onLost: () => states.push('lost'),
    signal: leaving.signal,
  })
  await vi.advanceTimersByTimeAsync(0)
  say('id: b7\ndata: {}\n\n')
  for (let beat = 0; beat < 4; beat++) {
    await vi.advanceTimersByTimeAsync(25_000)
    say(`: heartbeat\nid: b${10 + beat}\n\n`)
  }
  expect(states).toEqual(['live'])
  await vi.advanceTimersByTimeAsync(59_000)
  expect(states).toEqual(['live'])
  await vi.advanceTimersByTimeAsync(1_000)
  expect(states).toEqual(['live', 'lost'])
  await vi.advanceTimersByTimeAsync(1_000)
  expect([states, asked]).toEqual([
    ['live', 'lost', 'live'],
    [undefined, 'b13'],
  ])
  leaving.abort()
  await vi.runAllTimersAsync()
  await done
  vi.useRealTimers()
})
