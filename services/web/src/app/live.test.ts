/** Nobody asks for what is somebody's without saying who they are; and asks for what happened since they read. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderHook } from '@testing-library/react'
import { createElement, type ReactNode } from 'react'
import { afterEach, expect, test, vi } from 'vitest'

const session = vi.hoisted(() => ({ accessToken: vi.fn<() => Promise<string | undefined>>() }))
vi.mock('./session', () => session)

afterEach(() => {
  vi.unstubAllGlobals()
  session.accessToken.mockReset()
})

/** The Authorization of every attempt within a moment. */
async function attempts(channels: string[]): Promise<(string | undefined)[]> {
  return (await asked(channels)).map(({ bearer }) => bearer)
}

async function asked(channels: string[], queries = new QueryClient()) {
  const fetch = vi.fn(async (_: string, __: { headers: Record<string, string> }) => new Response('', { status: 503 }))
  vi.stubGlobal('fetch', fetch)
  const { useLive } = await import('./live')
  const wrapper = ({ children }: { children: ReactNode }) =>
    createElement(QueryClientProvider, { client: queries }, children)
  const { unmount } = renderHook(() => useLive('c', channels), { wrapper })
  await vi.waitFor(() => expect(session.accessToken).toHaveBeenCalled())
  await new Promise((done) => setTimeout(done, 20))
  unmount()
  return fetch.mock.calls.map(([url, { headers }]) => ({
    bearer: headers.Authorization,
    secondsAgo: new URL(url, 'http://x').searchParams.get('secondsAgo'),
  }))
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
  [[], '1'],
  [[3.2], '4'],
  [[3.2, 20], '20'],
  [[3.2, 61], '4'],
])('read %j seconds ago: hears of what happened since %s', async (ages, secondsAgo) => {
  session.accessToken.mockResolvedValue('token')
  const queries = new QueryClient()
  const now = Date.now()
  vi.spyOn(Date, 'now').mockReturnValue(now)
  for (const [number, age] of ages.entries()) queries.setQueryData(['c', number], true, { updatedAt: now - age * 1000 })
  queries.setQueryData(['another clinic'], true, { updatedAt: now - 50_000 })
  expect((await asked(['clinic:c'], queries))[0]?.secondsAgo).toBe(secondsAgo)
  vi.restoreAllMocks()
})
