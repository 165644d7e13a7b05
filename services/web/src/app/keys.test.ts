/** What is sent twice is done once, and what is wished twice is done twice. */
import { expect, test } from 'vitest'
import { newKeys } from './keys'

const accept = { entryId: 'e-1', act: 'accept' }
const decline = { entryId: 'e-1', act: 'decline' }

test('a wish keeps its key, also if another one came between', () => {
  const keys = newKeys()
  const [first, other] = [keys.of(accept), keys.of(decline)]
  expect(keys.of({ ...accept })).toEqual(first)
  expect(other).not.toEqual(first)
})

test('what is wished once more after it was done has a key of its own', () => {
  const keys = newKeys()
  const first = keys.of(accept)
  keys.done()
  expect(keys.of(accept)).not.toEqual(first)
})
