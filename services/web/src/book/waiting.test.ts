/** What somebody waits for and what is shown as that part of a day is the same. */
import { expect, test, vi } from 'vitest'
import { PARTS as SHOWN } from './Times'
import { PARTS, partOf, STRETCHES } from './waiting'

vi.mock('../app/api', () => ({ api: {} }))

function suits(part: keyof typeof STRETCHES, time: string): boolean {
  const { notBefore = '00:00', notAfter = '23:59' }: { notBefore?: string; notAfter?: string } = STRETCHES[part]
  return notBefore <= time && time <= notAfter
}

test.each(['00:00', '11:45', '11:59', '12:00', '16:55', '17:00', '23:55'])('%s is in one part of the day', (time) => {
  const hour = Number(time.slice(0, 2))
  const shown = SHOWN.filter(([, from, until]) => hour >= from && hour < until).map(([part]) => part)
  expect(shown).toHaveLength(1)
  expect((['morning', 'afternoon', 'evening'] as const).filter((part) => suits(part, time))).toEqual(shown)
})

test('a part of the day is called as it was chosen, other times by themselves', () => {
  for (const part of PARTS) expect(partOf(STRETCHES[part])).toBe(part)
  expect(partOf({ notBefore: null, notAfter: null })).toBe('any')
  expect(partOf({ notBefore: '08:00', notAfter: '11:59' })).toBeUndefined()
})
