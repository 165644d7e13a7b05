/** Somebody else saved these hours meanwhile: one chooses whose stay. */
import { Alert, Button, Group, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'

interface StaleProps {
  takeNewest: () => Promise<void>
  keepMine: () => Promise<void>
}

export function Stale({ takeNewest, keepMine }: StaleProps) {
  const { t } = useTranslation('hours')
  return (
    <Alert color="yellow" title={t('stale.title')} role="alert">
      <Text mb="sm">{t('stale.detail')}</Text>
      <Group gap="sm">
        <Button variant="light" onClick={() => void keepMine()}>
          {t('stale.keepMine')}
        </Button>
        <Button variant="default" onClick={() => void takeNewest()}>
          {t('stale.useNewest')}
        </Button>
      </Group>
    </Alert>
  )
}
