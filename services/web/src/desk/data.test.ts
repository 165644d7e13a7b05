/** Who has just moved a visit does not see it where it was, whatever was asked before. */
import { QueryClient } from '@tanstack/react-query'
import { expect, test, vi } from 'vitest'
import { oneVisit } from './data'

const answers: object[] = []
vi.mock('../app/api', () => ({ api: { GET: async () => ({ data: answers.shift() }) } }))

test('what was read takes the place of what is older, not of what is newer', async () => {
  const queries = new QueryClient()
  const visit = oneVisit('clinic', 'a')
  const known = () => queries.getQueryData(visit.queryKey)?.appointment
  answers.push({ appointment: { id: 'a', version: 1 } }, { appointment: { id: 'a', version: 1 } })
  await queries.fetchQuery(visit)
  expect(known()?.version).toBe(1)
  queries.setQueryData(visit.queryKey, { appointment: { id: 'a', version: 2 } } as never)
  await queries.fetchQuery(visit)
  expect(known()?.version).toBe(2)
  answers.push({ appointment: { id: 'a', version: 3 } })
  await queries.fetchQuery(visit)
  expect(known()?.version).toBe(3)
})
