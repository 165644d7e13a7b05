/** Calendars as they hang on walls. */
import { expect, test } from 'vitest'
import { firstWeekday } from '../ui/times'
import { nextMonth, previousMonth, weekdayNames, weeksOf } from './months'

test('months follow each other over the turn of the year', () => {
  expect([nextMonth('2026-12'), nextMonth('2027-01'), previousMonth('2027-01')]).toEqual([
    '2027-01',
    '2027-02',
    '2026-12',
  ])
})

test('weeks are rows of seven that begin with the day they begin with there', () => {
  const monday = weeksOf('2026-02', 1)
  expect(monday[0]).toEqual(['', '', '', '', '', '', '2026-02-01'])
  expect(monday).toHaveLength(5)
  expect(weeksOf('2026-02', 0)).toHaveLength(4)
  expect(weekdayNames('short', 1)).toHaveLength(7)
})

test('who has no week of their own begins on Monday', () => {
  expect(firstWeekday('de-DE')).toBe(1)
})
