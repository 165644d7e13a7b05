/** That the time is kept, and for how long; what to do when it is not any more. */
import { Alert, Button, Group, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Countdown } from './Countdown'
import type { Held } from './draft'
import { isAlive, useExtending } from './holding'

interface KeptProps {
  clinicId: string
  hold: Held | undefined
  isTaking: boolean
  hasFailed: boolean
  onAgain: () => void
}

export function Kept({ clinicId, hold, isTaking, hasFailed, onAgain }: KeptProps) {
  const { t } = useTranslation('book')
  const extending = useExtending(clinicId)
  const [overId, setOverId] = useState('')
  if (!hold && hasFailed) return null
  if (isTaking || !hold) return <Alert variant="light" color="gray" mih={64} role="status" title={t('hold.placing')} />
  if (overId === hold.expiresAt || !isAlive(hold))
    return (
      <Alert variant="light" color="orange" role="alert" title={t('hold.over.title')}>
        <Text mb="sm">{t('hold.over.detail')}</Text>
        <Button variant="default" onClick={onAgain}>
          {t('hold.over.again')}
        </Button>
      </Alert>
    )
  return (
    // Not an alert: it would be read out every second.
    <Alert variant="light" mih={64} role="note">
      <Group justify="space-between">
        <Text>
          <Countdown lead={t('hold.kept')} until={hold.expiresAt} onOver={() => setOverId(hold.expiresAt)} />
        </Text>
        {hold.extensionsLeft > 0 && !extending.isSuccess && (
          <Button
            variant="subtle"
            size="compact-md"
            mih={44}
            loading={extending.isPending}
            onClick={() => extending.mutate(hold)}
          >
            {t('hold.more')}
          </Button>
        )}
      </Group>
    </Alert>
  )
}
