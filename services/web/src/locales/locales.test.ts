/** Every language says everything. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const FOLDER = 'src/locales'
const OTHERS = ['ro', 'de']
/** Languages have different kinds of plural: one, few, many, other. */
const PLURAL = /_(zero|one|two|few|many|other)$/

function keys(value: object, path = ''): string[] {
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'object' ? keys(inner, `${path}${key}.`) : [`${path}${key}`],
  )
}

const words = (language: string, file: string) => JSON.parse(readFileSync(`${FOLDER}/${language}/${file}`, 'utf8'))
const names = (text: string) => [...text.matchAll(/\{\{\s*(\w+)/g)].map(([, name]) => name).sort()
const at = (value: unknown, path: string) =>
  path.split('.').reduce((inner, key) => (inner as Record<string, unknown>)?.[key], value) as string

for (const file of readdirSync(`${FOLDER}/en`))
  for (const language of OTHERS)
    test(`${language} has what English has in ${file}, and names the same`, () => {
      const [english, other] = [words('en', file), words(language, file)]
      const plain = (all: string[]) => [...new Set(all.map((key) => key.replace(PLURAL, '')))].sort()
      expect(plain(keys(other))).toEqual(plain(keys(english)))
      for (const key of keys(other).filter((each) => !PLURAL.test(each)))
        expect(names(at(other, key)), key).toEqual(names(at(english, key)))
      for (const key of keys(other)) expect(at(other, key).trim(), key).not.toBe('')
    })

test.each(['en', ...OTHERS])('%s has all plurals of its language', (language) => {
  const wanted = new Intl.PluralRules(language).resolvedOptions().pluralCategories
  for (const file of readdirSync(`${FOLDER}/${language}`)) {
    const all = keys(words(language, file))
    for (const key of all.filter((each) => PLURAL.test(each)))
      for (const form of wanted) expect(all, file).toContain(key.replace(PLURAL, `_${form}`))
  }
})
