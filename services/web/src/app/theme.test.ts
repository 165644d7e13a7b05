/** Whatever colour a clinic has, its buttons can be read. */
import { expect, test } from 'vitest'
import { contrast, parse, shades } from './theme'

const WHITE = parse('#ffffff')

test.each(['#0f766e', '#ffff00', '#ffffff', '#000000', '#7fc8f8', '#e11d48'])('white is readable on %s', (color) => {
  const all = shades(color)
  expect(all).toHaveLength(10)
  for (const shade of all.slice(6)) expect(contrast(parse(shade ?? ''), WHITE)).toBeGreaterThanOrEqual(4.5)
})

test('a colour that is readable stays what it is', () => {
  expect(shades('#0f766e')[6]).toBe('#0f766e')
})
