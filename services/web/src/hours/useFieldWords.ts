/** What is wrong with what was typed, in words to stand at the field. */
import type { Problem } from '@ambulo/client'
import { useTranslation } from 'react-i18next'
import { useProblemWords } from '../ui'

export function useFieldWords(problem: Problem | undefined): string | undefined {
  const { t, i18n } = useTranslation('hours')
  const words = useProblemWords()
  if (!problem) return undefined
  const key = `wrong.${problem.reason}` as never
  return i18n.exists(key, { ns: 'hours' }) ? t(key) : words(problem).title
}
