/** Titles are no names. */
import { expect, test } from 'vitest'
import { plainName } from './names'

test('a picture without a picture has the initials of a name', () => {
  expect(plainName('Dr. Cecilia Dumitrescu')).toBe('Cecilia Dumitrescu')
  expect(plainName('Prof. Dr. med. Ana Maria Pop, PhD')).toBe('Ana Pop')
  expect(plainName('Dipl.-Psych. J. Weber')).toBe('J. Weber')
  expect(plainName('Dr. Ana')).toBe('Ana')
  expect(plainName('Dr.')).toBe('Dr.')
})
