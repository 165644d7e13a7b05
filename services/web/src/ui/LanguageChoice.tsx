/** The language of the app, in its own name. */
import { NativeSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { LANGUAGES, type Language, speak } from '../app/i18n'

export function LanguageChoice() {
  const { t, i18n } = useTranslation()
  const choices = Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))
  return (
    <NativeSelect
      aria-label={t('nav.language')}
      size="sm"
      w={112}
      data={choices}
      value={i18n.language}
      onChange={(event) => void speak(event.currentTarget.value as Language)}
    />
  )
}
