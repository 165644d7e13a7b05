/** Names that are asked for at once are asked for in one question. */
import { QueryClient } from '@tanstack/react-query'
import { expect, test, vi } from 'vitest'

const asked: string[][] = []

vi.mock('./api', () => ({
  api: {
    GET: async (_: string, { params }: { params: { query: { ids: string[] } } }) => {
      const { ids } = params.query
      asked.push(ids)
      const patients = ids.filter((id) => id !== 'gone').map((id) => ({ id, familyName: `Family ${id}` }))
      return { data: { patients }, response: new Response() }
    },
  },
}))

test('all at once, each kept by itself, and who is gone is nobody', async () => {
  const { patient } = await import('./patients')
  const queries = new QueryClient()
  const ask = (id: string) => queries.fetchQuery(patient('clinic', id))
  const found = await Promise.all([ask('a'), ask('gone'), ask('b')])
  expect(found.map((each) => each?.familyName)).toEqual(['Family a', undefined, 'Family b'])
  expect(asked).toEqual([['a', 'gone', 'b']])
  await Promise.all([ask('b'), ask('c')])
  expect(asked.slice(1)).toEqual([['c']])
})

test('a hundred in one question, the next in another', async () => {
  const { patient } = await import('./patients')
  asked.length = 0
  const queries = new QueryClient()
  await Promise.all(Array.from({ length: 150 }, (_, at) => queries.fetchQuery(patient('clinic', `p${at}`))))
  expect(asked.map((each) => each.length)).toEqual([100, 50])
})
