/** A week is edited without a server. */
import { Problem } from '@ambulo/client'
import { expect, test } from 'vitest'
import {
  blamed,
  copied,
  dragged,
  isSame,
  moved,
  newStretch,
  onDay,
  openMinutes,
  parts,
  suggested,
  toServer,
  unfinished,
  type Week,
  weekOf,
  without,
  withStretch,
} from './week'

const shift = newStretch('intervals', 'monday', '09:00', '17:00')
const lunch = newStretch('breaks', 'monday', '12:00', '13:00')
const week: Week = { stretches: [shift, lunch], openings: [] }

test('midnight is an end, and what goes over it lies on two days', () => {
  const evening = { ...shift, starts: '18:00', ends: '00:00' }
  expect(toServer({ stretches: [evening], openings: [] }).intervals[0]?.ends).toBe('24:00')
  expect(parts(evening)).toEqual([{ day: 'monday', from: 1080, until: 1440 }])
  expect(parts({ ...shift, weekday: 'sunday', starts: '22:00', ends: '06:00' })).toEqual([
    { day: 'sunday', from: 1320, until: 1440 },
    { day: 'monday', from: 0, until: 360 },
  ])
})

test('a shift takes its breaks along, wherever it goes', () => {
  const after = moved(week, shift, 62, 1)
  expect(onDay(after, 'tuesday').map(({ starts, ends }) => [starts, ends])).toEqual([
    ['10:00', '18:00'],
    ['13:00', '14:00'],
  ])
  expect(without(week, shift).stretches).toEqual([])
})

test('an end is dragged in quarters of an hour, and never before the start', () => {
  expect(dragged(shift, 'end', 50).ends).toBe('17:45')
  expect(dragged(shift, 'end', -2000).ends).toBe('09:15')
  expect(dragged(shift, 'start', 2000).starts).toBe('16:45')
})

test('a day is copied with its breaks, instead of what was there', () => {
  const there = withStretch(week, newStretch('intervals', 'friday', '08:00', '10:00'))
  expect(onDay(copied(there, 'monday', ['friday']), 'friday')).toHaveLength(2)
})

test('a problem is shown at what it is about', () => {
  const problem = new Problem({ errors: [{ pointer: '/breaks/0', detail: '' }] })
  expect(blamed(week, problem)).toEqual([lunch.key])
  expect(unfinished(withStretch(week, { ...shift, everyWeeks: 2 }))).toEqual([shift.key, lunch.key])
})

test('what was read is what is sent, and the same although its order differs', () => {
  const sent = toServer(week)
  const read = weekOf({ providerId: '', locationId: '', version: 1, ...(sent as object) } as never)
  expect(isSame(read, { ...week, stretches: [lunch, shift] })).toBe(true)
  expect(isSame(read, withStretch(week, { ...shift, ends: '18:00' }))).toBe(false)
  expect(openMinutes(week)).toBe(420)
})

test('the next of a day is what is most likely wanted', () => {
  expect(suggested('intervals', 'monday', [])).toMatchObject({ starts: '09:00', ends: '17:00' })
  expect(suggested('breaks', 'monday', [shift])).toMatchObject({ starts: '12:00', ends: '13:00' })
  expect(suggested('intervals', 'monday', [shift])).toMatchObject({ starts: '18:00', ends: '21:00' })
})
