/** What waits is sent in order, once, and what the server will not have stays until somebody has looked. */
import { QueryClient } from '@tanstack/react-query'
import { beforeEach, expect, test, vi } from 'vitest'
import type { State } from '../session'

type Asked = [write: string, id: string, version: number, key: string]

const asked: Asked[] = []
let answers: (() => number)[] = []
let client: typeof import('@ambulo/client')
const away = () => {
  throw client.Problem.unreachable()
}
const refused = () => {
  throw new client.Problem({ status: 412, code: 'CHANGED_MEANWHILE' })
}

vi.mock('./safe', () => {
  const sender = (write: string) => async (_: string, it: { id: string; version: number }, key: string) => {
    asked.push([write, it.id, it.version, key])
    return { appointment: { version: (answers.shift() ?? (() => it.version + 1))() } }
  }
  return { SAFE: { checkIn: sender('checkIn'), start: sender('start') } }
})
vi.mock('../session', () => ({
  onSession: (listener: (state: State) => void) => {
    const session = { me: { id: 'human', email: '', memberships: [] }, clinicId: 'clinic' }
    listener({ kind: 'somebody', session } as never)
    return () => undefined
  },
}))

beforeEach(() => {
  asked.length = 0
  answers = []
  vi.resetModules()
})

async function fresh() {
  client = await import('@ambulo/client')
  const queue = await import('./queue')
  queue.startQueue(new QueryClient())
  return queue
}

const online = () => window.dispatchEvent(new Event('online'))

test('with a network it is sent at once, and a refusal is told', async () => {
  const { submit } = await fresh()
  expect(await submit('checkIn', { id: 'a', version: 3 }, 'Ana')).toEqual({ appointment: { version: 4 } })
  answers = [refused]
  await expect(submit('start', { id: 'a', version: 3 }, 'Ana')).rejects.toMatchObject({ status: 412 })
})

test('without one it waits, and goes in order: each after the version that the one before made', async () => {
  const { submit } = await fresh()
  answers = [away]
  expect(await submit('checkIn', { id: 'a', version: 3 }, 'Ana')).toBeUndefined()
  expect(await submit('start', { id: 'a', version: 3 }, 'Ana')).toBeUndefined()
  online()
  await vi.waitFor(() => expect(asked).toHaveLength(3))
  expect(asked.map(([write, , version]) => [write, version])).toEqual([
    ['checkIn', 3],
    ['checkIn', 3],
    ['start', 4],
  ])
  expect(asked[1]?.[3]).toBe(asked[0]?.[3])
})

test('what is refused holds up only what comes after it; it is done anyway, or not at all', async () => {
  const { submit, pending, insist } = await fresh()
  answers = [away, away, refused]
  await submit('checkIn', { id: 'a', version: 3 }, 'Ana')
  await submit('checkIn', { id: 'b', version: 1 }, 'Bogdan')
  online()
  await vi.waitFor(() =>
    expect(pending().map(({ target, refused: why }) => [target, why?.status])).toEqual([['a', 412]]),
  )
  const [one] = pending()
  if (one) await insist(one)
  expect(asked.at(-1)?.[2]).toBe(0)
  expect(pending()).toEqual([])
})
