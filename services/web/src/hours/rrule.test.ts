/** Rules are read and written alike; what has no choice here is left alone. */
import { expect, test } from 'vitest'
import { parse, write } from './rrule'

test.each([
  'FREQ=MONTHLY;BYDAY=1SA',
  'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=10',
  'FREQ=MONTHLY;BYDAY=-1FR',
  'FREQ=DAILY;UNTIL=20261231',
])('%s', (rrule) => {
  const rule = parse(rrule)
  expect(rule && write(rule)).toBe(rrule)
})

test('a rule that says more is no choice', () => {
  expect(parse('FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR')).toBeUndefined()
  expect(parse('FREQ=MONTHLY;BYDAY=1SA,3SU')).toBeUndefined()
})
