/** Nothing could be fetched, and nothing was kept of it. */
import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Notice } from './Notice'

export function Offline({ retry }: { retry?: (() => void) | undefined }) {
  const { t } = useTranslation()
  return (
    <Notice
      icon="offline"
      title={t('failed.unreachable.title')}
      action={
        retry && (
          <Button variant="light" onClick={retry}>
            {t('state.retry')}
          </Button>
        )
      }
    >
      {t('failed.unreachable.detail')}
    </Notice>
  )
}
