/** What calendar programs are given. */
import { expect, test } from 'vitest'
import { icsOf } from './ics'

const VISIT = {
  id: '0198',
  start: '2026-03-02T10:00:00+02:00',
  end: '2026-03-02T10:30:00+02:00',
  title: 'Kinetoterapie; ședința 1, la „Napoca”',
  place: 'Cluj-Napoca, 12 Main Street',
  words: `${'Vă așteptăm cu drag. '.repeat(8)}\nPe curând`,
  url: 'https://clinic.example/me',
}

const text = icsOf(VISIT, new Date('2026-02-20T08:00:00Z'))
const lines = text.split('\r\n')

test('instants are in UTC, and the id stays with the visit', () => {
  expect(lines).toContain('DTSTART:20260302T080000Z')
  expect(lines).toContain('DTEND:20260302T083000Z')
  expect(lines).toContain('DTSTAMP:20260220T080000Z')
  expect(lines).toContain('UID:0198@clinic.example')
})

test('commas, semicolons and new lines are escaped', () => {
  expect(lines).toContain('SUMMARY:Kinetoterapie\\; ședința 1\\, la „Napoca”')
  expect(text.replace(/\r\n /g, '')).toContain('\\nPe curând')
})

test('no line is longer than 75 bytes, and all end as they must', () => {
  expect(Math.max(...lines.map((line) => new TextEncoder().encode(line).length))).toBeLessThanOrEqual(75)
  expect(text.endsWith('END:VCALENDAR\r\n')).toBe(true)
  expect(text.replace(/\r\n/g, '')).not.toMatch(/[\r\n]/)
})
