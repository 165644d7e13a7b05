/** When somebody works is asked for again only after news that can have changed it. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderHook } from '@testing-library/react'
import { createElement, type ReactNode } from 'react'
import { expect, test, vi } from 'vitest'
import type { Event } from '../app/events'

const hearing = vi.hoisted(() => ({ heard: (_: Event[]) => {} }))

vi.mock('../app/api', () => ({ api: {} }))
vi.mock('../app/session', () => ({ useHere: () => ({ clinicId: 'c' }) }))
vi.mock('../app/live', () => ({
  useLive: (_clinicId: string, _channels: string[], heard: (news: Event[]) => void) => {
    hearing.heard = heard
    return true
  },
}))

const [ana, centre] = [{ providerId: 'ana' }, { locationId: 'centre' }]
const hour = { timeRange: { start: '2026-03-02T10:00:00+02:00', end: '2026-03-02T11:00:00+02:00' } }
const always = { timeRange: { start: '2026-03-02T10:00:00+02:00', end: null } }
const invalidated = (data: object): Event => ({ type: 'availability.invalidated', id: '', data: { ...data } })

async function staleAfter(event: Event): Promise<unknown[]> {
  const { useDeskLive } = await import('./live')
  const queries = new QueryClient()
  for (const what of ['agenda', 'working-times', 'rooms']) queries.setQueryData(['c', what], true)
  const wrapper = ({ children }: { children: ReactNode }) =>
    createElement(QueryClientProvider, { client: queries }, children)
  renderHook(useDeskLive, { wrapper })
  hearing.heard([invalidated({ ...hour, ...ana, ...centre }), event])
  const stale = queries.getQueryCache().findAll({ predicate: ({ state }) => state.isInvalidated })
  return stale.map(({ queryKey }) => queryKey[1])
}

test.each([
  ['weekly hours', invalidated({ ...always, ...ana, ...centre })],
  ['closed days', invalidated({ ...always, providerId: null, ...centre })],
  ['time off, or an extra opening', invalidated({ ...hour, ...ana, locationId: null })],
])('%s: hours, too', async (_, event) => {
  expect(await staleAfter(event)).toEqual(['agenda', 'working-times'])
})

test.each([
  ['a visit', { type: 'appointment.updated', id: '', data: { ...ana, ...centre } }],
  ['what a visit takes', invalidated({ ...hour, ...ana, ...centre })],
  ['a room out of use', invalidated({ ...hour, providerId: null, locationId: null })],
  ['a walk-in', { type: 'walkIn.joined', id: '', data: { ...centre } }],
  ['somebody who waits', { type: 'waitlist.joined', id: '', data: { ...centre } }],
  ['an offer', { type: 'waitlist.offered', id: '', data: { ...ana, ...centre } }],
])('%s: not the hours', async (_, event) => {
  expect(await staleAfter(event)).toEqual(['agenda'])
})
