/** Whom a change displaces is read in few questions, and not with all the others of a year. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderHook, waitFor } from '@testing-library/react'
import { createElement, type ReactNode } from 'react'
import { expect, test, vi } from 'vitest'
import type { Displaced } from './useImpact'
import { stretchesOf, useNames } from './whose'

type Query = Record<string, string | string[]>

const asked = vi.hoisted(() => [] as Query[])

vi.mock('../../app/session', () => ({ useHere: () => ({ clinicId: 'c' }) }))
vi.mock('../../app/api', () => ({
  api: {
    GET: async (path: string, { params: { query } }: { params: { query: Query } }) => {
      const response = new Response()
      if (path.endsWith('/patients')) {
        const patients = (query.ids as string[]).map((id) => ({ id, givenName: 'Ana', familyName: id }))
        return { data: { patients }, response }
      }
      asked.push(query)
      // Two on each page; the third page is never needed.
      const page = Number(query.cursor ?? 0)
      const ids = [[`a1`, `other`], [`a2`, `a3`], [`late`]][page] ?? []
      const appointments = ids.map((id) => ({ id, patientId: `of-${id}` }))
      return { data: { appointments, nextCursor: `${page + 1}` }, response }
    },
  },
}))

function at(id: string, startUTC: string, more: Partial<Displaced> = {}): Displaced {
  const who = { providerId: 'ana', locationId: 'centre', serviceId: 's' }
  return { appointmentId: id, startUTC, ...who, constraints: [], proposals: [], ...more }
}

test('what is close together is one question, of whom it is about', () => {
  const days = [at('a', '2026-03-02T07:00:00Z'), at('b', '2026-03-02T15:00:00Z'), at('c', '2026-03-03T07:00:00Z')]
  const [one, ...more] = stretchesOf(days)
  expect(more).toEqual([])
  expect(one).toMatchObject({ from: '2026-03-02T07:00:00.000Z', providerId: 'ana', ids: ['a', 'b', 'c'] })
  expect(one?.until).toBe('2026-03-03T07:00:00.001Z')
})

test('what is far apart, or elsewhere, is asked for on its own', () => {
  const mondays = [at('a', '2026-03-02T07:00:00Z'), at('b', '2026-03-09T07:00:00Z')]
  expect(stretchesOf(mondays).map(({ ids }) => ids)).toEqual([['a'], ['b']])
  const places = [at('a', '2026-03-02T07:00:00Z'), at('b', '2026-03-02T08:00:00Z', { locationId: 'north' })]
  expect(stretchesOf(places).map(({ locationId }) => locationId)).toEqual(['centre', 'north'])
})

test('a room that several use: of all who are there', () => {
  const room = [at('a', '2026-03-02T07:00:00Z'), at('b', '2026-03-02T08:00:00Z', { providerId: 'bogdan' })]
  expect(stretchesOf(room).map(({ providerId }) => providerId)).toEqual([''])
})

test('pages are read until everybody is found, and no further', async () => {
  const displaced = ['07', '08', '09'].map((hour, n) => at(`a${n + 1}`, `2026-03-02T${hour}:00:00Z`))
  const wrapper = ({ children }: { children: ReactNode }) =>
    createElement(QueryClientProvider, { client: new QueryClient() }, children)
  const { result } = renderHook(() => useNames(displaced), { wrapper })
  await waitFor(() => expect(result.current('a3')).toBe('Ana of-a3'))
  expect(['a1', 'a2', 'nobody'].map((id) => result.current(id))).toEqual(['Ana of-a1', 'Ana of-a2', undefined])
  expect(asked.map(({ cursor }) => cursor)).toEqual([undefined, '1'])
})
