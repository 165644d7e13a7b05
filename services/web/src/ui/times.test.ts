/** Days begin where the clinic is. */
import { expect, test } from 'vitest'
import { addDays, dateIn, differs, instantOf, startOfDay, timeIn } from './times'

test.each([
  ['2026-03-29', 'Europe/Bucharest', '2026-03-28T22:00:00.000Z'],
  ['2026-03-30', 'Europe/Bucharest', '2026-03-29T21:00:00.000Z'],
  ['2026-10-26', 'Europe/Bucharest', '2026-10-25T22:00:00.000Z'],
  ['2026-07-01', 'America/New_York', '2026-07-01T04:00:00.000Z'],
  ['2026-01-01', 'Australia/Lord_Howe', '2025-12-31T13:00:00.000Z'],
  // Clocks go from 24:00 to 01:00 there: the day begins at one.
  ['2025-04-25', 'Africa/Cairo', '2025-04-24T22:00:00.000Z'],
])('%s begins in %s at %s', (date, zone, instant) => {
  expect(startOfDay(date, zone).toISOString()).toBe(instant)
})

test('a date is that of the place', () => {
  expect(dateIn('Australia/Lord_Howe', new Date('2026-01-01T14:00:00Z'))).toBe('2026-01-02')
  expect(dateIn('America/New_York', new Date('2026-01-01T03:00:00Z'))).toBe('2025-12-31')
  expect(addDays('2026-02-28', 1)).toBe('2026-03-01')
})

test('zones that agree at the moment do not differ', () => {
  expect(differs('2026-01-01T12:00:00Z', Intl.DateTimeFormat().resolvedOptions().timeZone)).toBe(false)
  expect(differs('2026-01-01T12:00:00Z', 'Australia/Lord_Howe')).toBe(true)
})

test('a time of a date is that of the place, also when clocks change', () => {
  const zone = 'Europe/Bucharest'
  expect(instantOf('2026-07-01', '09:30', zone).toISOString()).toBe('2026-07-01T06:30:00.000Z')
  expect(instantOf('2026-03-29', '03:30', zone).toISOString()).toBe('2026-03-29T01:30:00.000Z')
  expect(timeIn(zone, '2026-07-01T06:30:00Z')).toBe('09:30')
})
