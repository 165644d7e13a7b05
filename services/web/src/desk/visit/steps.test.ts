/** What is offered is what the service does: nothing that it would refuse. */
import { expect, test, vi } from 'vitest'
import type { Visit } from '../data'
import { formsFor, stepsFor } from './steps'

vi.mock('../../app/api', () => ({ api: {} }))

const ZONE = 'Europe/Bucharest'
const NINE = '2026-03-02T09:00:00+02:00'
const before = new Date('2026-03-02T08:50:00+02:00')
const late = new Date('2026-03-02T09:10:00+02:00')
const dayBefore = new Date('2026-03-01T12:00:00+02:00')

function offered(status: Visit['status'], now: Date): string[] {
  const visit = { status, start: NINE } as Visit
  return [...stepsFor(visit, ZONE, now), ...formsFor(visit, now)]
}

test('who is expected is checked in, confirms only before it begins, and is moved also when they are late', () => {
  expect(offered('scheduled', dayBefore)).toEqual(['confirm', 'move', 'cancel'])
  expect(offered('scheduled', before)).toEqual(['checkIn', 'start', 'confirm', 'move', 'cancel'])
  expect(offered('scheduled', late)).toEqual(['checkIn', 'start', 'move', 'noShow', 'cancel'])
  expect(offered('confirmed', late)).toEqual(['checkIn', 'start', 'move', 'noShow', 'cancel'])
})

test('who is there may still leave, or not be the one who was meant', () => {
  expect(offered('checked_in', before)).toEqual(['start', 'undoCheckIn', 'cancel'])
  expect(offered('checked_in', late)).toEqual(['start', 'undoCheckIn', 'cancel'])
})

test('what nobody has answered until it begins is not accepted any more', () => {
  expect(offered('requested', before)).toEqual(['accept', 'decline', 'move'])
  expect(offered('requested', late)).toEqual(['decline', 'move'])
})
