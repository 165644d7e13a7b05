/** What was read is its reader's. */
import type { Session } from '@ambulo/client'
import { QueryClient } from '@tanstack/react-query'
import { act, render } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { Providers } from './Providers'
import type { State } from './session'

const said = vi.hoisted(() => ({ to: [] as ((state: unknown) => void)[] }))
vi.mock('./session', () => ({
  useHere: () => undefined,
  onSession: (listener: (state: unknown) => void) => {
    said.to.push(listener)
    return () => undefined
  },
}))
vi.mock('./clinic', () => ({ useClinicColor: () => undefined }))

const is = (id: string): State => ({ kind: 'somebody', session: { me: { id } } as Session })

function become(state: State) {
  act(() => {
    for (const listener of said.to) listener(state)
  })
}

test('whoever comes after somebody finds nothing of theirs, however they came', () => {
  const queries = new QueryClient()
  render(<Providers queries={queries}>…</Providers>)
  const seen = () => queries.getQueryData(['clinic', 'me'])
  become(is('ana'))
  queries.setQueryData(['clinic', 'me'], 'of Ana')
  become(is('ana'))
  expect(seen()).toBe('of Ana')
  // Bogdan's link is opened in the tab beside.
  become(is('bogdan'))
  expect(seen()).toBeUndefined()
  queries.setQueryData(['clinic', 'me'], 'of Bogdan')
  become({ kind: 'nobody' })
  expect(seen()).toBeUndefined()
})
