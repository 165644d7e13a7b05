/** Nobody asks for what is somebody's without saying who they are; and asks for what happened since they read. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderHook } from '@testing-library/react'
import { createElement, type ReactNode } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import type { Event } from './events'

const session = vi.hoisted(() => ({ accessToken: vi.fn<() => Promise<string | undefined>>() }))
vi.mock('./session', () => session)

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  session.accessToken.mockReset()
})

/** The Authorization of every attempt within a moment. */
async function attempts(channels: string[]): Promise<(string | undefined)[]> {
  return (await asked(channels)).map(({ bearer }) => bearer)
}

async function asked(channels: string[], queries = new QueryClient()) {
  const fetch = vi.fn(async (_: string, __: { headers: Record<string, string> }) => new Response('', { status: 503 }))
  vi.stubGlobal('fetch', fetch)
  const { unmount } = await live(channels, queries)
  await vi.waitFor(() => expect(session.accessToken).toHaveBeenCalled())
  await new Promise((done) => setTimeout(done, 20))
  unmount()
  return fetch.mock.calls.map(([url, { headers }]) => ({
    bearer: headers.Authorization,
    secondsAgo: new URL(url, 'http://x').searchParams.get('secondsAgo'),
  }))
}

async function live(channels: string[], queries: QueryClient, heard?: (news: Event[]) => void) {
  const { useLive } = await import('./live')
  const wrapper = ({ children }: { children: ReactNode }) =>
    createElement(QueryClientProvider, { client: queries }, children)
  return renderHook(() => useLive('c', channels, heard), { wrapper })
}

test('what everybody may hear is asked for by anybody', async () => {
  session.accessToken.mockResolvedValue(undefined)
  expect(await attempts(['provider:a'])).toEqual([undefined])
  session.accessToken.mockRejectedValue(new Error('busy'))
  expect(await attempts(['provider:a', 'location:b:2026-03-02'])).toEqual([undefined])
})

test.each([['clinic:c'], ['patient:p'], ['provider:a', 'patient:p']])(
  '%s: by who has signed in',
  async (...channels) => {
    session.accessToken.mockResolvedValue(undefined)
    expect(await attempts(channels)).toEqual([])
    session.accessToken.mockRejectedValue(new Error('busy'))
    expect(await attempts(channels)).toEqual([])
    session.accessToken.mockResolvedValue('token')
    expect(await attempts(channels)).toEqual(['Bearer token'])
  },
)

test.each([
  [[], '5'],
  [[3.2], '9'],
  [[3.2, 20], '25'],
  [[3.2, 31], '9'],
])('read %j seconds ago: asks for what happened %s seconds ago and later', async (ages, secondsAgo) => {
  session.accessToken.mockResolvedValue('token')
  const queries = new QueryClient()
  const now = Date.now()
  vi.spyOn(Date, 'now').mockReturnValue(now)
  for (const [number, age] of ages.entries()) queries.setQueryData(['c', number], true, { updatedAt: now - age * 1000 })
  queries.setQueryData(['another clinic'], true, { updatedAt: now - 25_000 })
  expect((await asked(['clinic:c'], queries))[0]?.secondsAgo).toBe(secondsAgo)
})

test('what happened together is heard together', async () => {
  session.accessToken.mockResolvedValue('token')
  let say = (_: string) => {}
  const body = new ReadableStream({
    start: (stream) => {
      say = (text) => stream.enqueue(new TextEncoder().encode(text))
    },
  })
  vi.stubGlobal('fetch', async () => new Response(body))
  const heard = vi.fn((news: Event[]) => news.map(({ id }) => id))
  const { unmount } = await live(['clinic:c'], new QueryClient(), heard)
  const event = (id: number) => `event: appointment.updated\nid: b${id}\ndata: {}\n\n`
  say(event(1) + event(2))
  say('event: presence\ndata: {}\n\n')
  await vi.waitFor(() => expect(heard).toHaveBeenCalled())
  say(event(3))
  await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(2))
  expect(heard.mock.results.map(({ value }) => value)).toEqual([['b1', 'b2'], ['b3']])
  unmount()
})
