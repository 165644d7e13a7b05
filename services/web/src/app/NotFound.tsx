/** An address of which there is no screen. */
import { Button, Container } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Notice } from '../ui'

export function NotFound() {
  const { t } = useTranslation()
  return (
    <Container component="main" py="xl">
      <Notice
        icon="search"
        title={t('failed.gone.title')}
        action={
          <Button component="a" href="/" variant="light">
            {t('nav.start')}
          </Button>
        }
      >
        {t('failed.gone.detail')}
      </Notice>
    </Container>
  )
}
