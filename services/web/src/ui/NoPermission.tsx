/** The server said no: one's role may not see or do this. */
import { useTranslation } from 'react-i18next'
import { Notice } from './Notice'

export function NoPermission() {
  const { t } = useTranslation()
  return (
    <Notice icon="lock" title={t('failed.denied.title')}>
      {t('failed.denied.detail')}
    </Notice>
  )
}
