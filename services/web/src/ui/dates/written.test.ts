/** Dates as people type them, wherever they learned to. */
import { expect, test } from 'vitest'
import { dateOf, halvesOf, isWhole, patternOf, writtenDate } from './written'

const TODAY = '2026-11-21'

test.each([
  ['23.11.2026', 'de', '2026-11-23'],
  ['3.1.27', 'de', '2027-01-03'],
  ['23.11', 'ro', '2026-11-23'],
  ['23.11.2026', 'ro', '2026-11-23'],
  ['23/11/2026', 'en-GB', '2026-11-23'],
  ['11/23/2026', 'en-US', '2026-11-23'],
  ['2026-11-23', 'en-US', '2026-11-23'],
  ['31.4.2026', 'de', undefined],
  ['23', 'de', undefined],
  ['tomorrow', 'en-GB', undefined],
])('%s in %s is %s', (text, locale, date) => {
  expect(dateOf(text, TODAY, locale)).toBe(date)
})

test('what is written can be read again, in every language', () => {
  for (const locale of ['en-GB', 'en-US', 'ro', 'de']) {
    expect(dateOf(writtenDate('2026-02-03', locale), TODAY, locale)).toBe('2026-02-03')
  }
})

test('the pattern has the letters of the language, in its order', () => {
  expect(patternOf({ day: 'TT', month: 'MM', year: 'JJJJ' }, 'de')).toBe('TT.MM.JJJJ')
  expect(patternOf({ day: 'dd', month: 'mm', year: 'yyyy' }, 'en-US')).toBe('mm/dd/yyyy')
})

test('a year of two digits may go on', () => {
  expect([isWhole('23.11.20'), isWhole('23.11.2026')]).toEqual([false, true])
})

test('only some clocks have twelve hours', () => {
  expect([halvesOf('en-US'), halvesOf('de'), halvesOf('ro')]).toEqual([{ am: 'AM', pm: 'PM' }, undefined, undefined])
})
