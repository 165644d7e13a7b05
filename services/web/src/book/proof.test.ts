/** Links of mails, as they come and as they are torn apart. */
import { beforeEach, expect, test } from 'vitest'
import { forgetProof, proofOf } from './proof'

const BOOKING = '6391506e-45d6-57d4-87c1-3fd62c0e07d4'

beforeEach(() => sessionStorage.clear())

test('a link proves what stands behind its #, and still does when the page is loaded again without', () => {
  const proof = { booking: BOOKING, code: 'ABCD2345' }
  expect(proofOf('c', `booking=${BOOKING}&code=ABCD2345`)).toEqual(proof)
  expect(proofOf('c', '')).toEqual(proof)
  expect(proofOf('another', '')).toBeUndefined()
})

test.each(['', 'booking=1&code=ABCD2345', `booking=${BOOKING}`])('"%s" proves nothing', (hash) => {
  expect(proofOf('c', hash)).toBeUndefined()
})

test('a link that lost its end is not the one before, and what was confirmed is forgotten', () => {
  proofOf('c', `booking=${BOOKING}&code=ABCD2345`)
  expect(proofOf('c', `booking=${BOOKING}`)).toBeUndefined()
  forgetProof('c')
  expect(proofOf('c', '')).toBeUndefined()
})
