/** Nobody asks for what is somebody's without saying who they are. */
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
  const fetch = vi.fn(async (_: string, __: { headers: Record<string, string> }) => new Response('', { status: 503 }))
  vi.stubGlobal('fetch', fetch)
  const { useLive } = await import('./live')
  const wrapper = ({ children }: { children: ReactNode }) =>
    createElement(QueryClientProvider, { client: new QueryClient() }, children)
  const { unmount } = renderHook(() => useLive('c', channels), { wrapper })
  await vi.waitFor(() => expect(session.accessToken).toHaveBeenCalled())
  await new Promise((done) => setTimeout(done, 20))
  unmount()
  return fetch.mock.calls.map(([, { headers }]) => headers.Authorization)
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
