/** The address of a clinic that does not exist. */
import { Problem } from '@ambulo/client'
import { Button, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Page } from '../ui'

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What is no id at all needs no asking. */
export function isNoClinic(clinicId: string, error: unknown): boolean {
  return !ID.test(clinicId) || (error instanceof Problem && error.status === 404)
}

export function NoClinic() {
  const { t } = useTranslation()
  return (
    <Page title={t('noClinic.title')}>
      <Text>{t('noClinic.detail')}</Text>
      <Button component="a" href="/" variant="light" style={{ alignSelf: 'flex-start' }}>
        {t('nav.start')}
      </Button>
    </Page>
  )
}
