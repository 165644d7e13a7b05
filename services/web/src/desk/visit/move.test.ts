/** Where a visit goes back to. */
import { expect, test } from 'vitest'
import type { Visit } from '../data'
import { origin } from './move'

const visit = { start: '2027-03-01T20:30:00+02:00', providerId: 'ana', roomId: 'one', calendarId: '' } as Visit

test('to its room, but for the sake of a room nothing leaves its calendar', () => {
  const start = new Date(visit.start)
  expect(origin(visit, {})).toEqual({ start, providerId: 'ana', roomId: 'one' })
  const ofCalendar = { ...visit, calendarId: 'evenings' }
  expect(origin(ofCalendar, { providerId: 'bogdan' })).toEqual({ start, providerId: 'ana' })
  expect(origin(ofCalendar, { roomId: 'two' })).toEqual({ start, providerId: 'ana', roomId: 'one' })
})
