/** Who did it, as its patient reads it. */
import { expect, test } from 'vitest'
import { whoOf } from './Timeline'

test('only people of the clinic are the clinic', () => {
  const who = (actor: string, changedBy: string) => whoOf({ actor, changedBy }, 'me')
  expect(who('human', 'me')).toBe('you')
  expect(who('human', 'a-receptionist')).toBe('clinic')
  expect(who('anonymous', 'anonymous')).toBe('guest')
  expect(who('system', 'booking')).toBe('itself')
  expect(who('service_account', 'a-program')).toBe('itself')
})
