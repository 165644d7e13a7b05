/** The first stop of who uses a keyboard. */
import { useTranslation } from 'react-i18next'

export function SkipLink() {
  const { t } = useTranslation()
  return (
    <a className="skip" href="#main">
      {t('nav.skip')}
    </a>
  )
}
