/** Canceling: what it costs is said before. */
import type { Appointment } from '@ambulo/client'
import { Alert, Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { LocalTime, useProblemWords } from '../ui'
import { formatMoney } from '../ui/money'
import { useChanging } from './changing'
import { termsOf } from './visits'

interface CancelProps {
  visit: Appointment
  zone: string
  isOpen: boolean
  onClose: () => void
}

export function Cancel({ visit, zone, isOpen, onClose }: CancelProps) {
  const { t } = useTranslation('portal')
  const words = useProblemWords()
  const [reason, setReason] = useState('')
  const terms = useQuery(termsOf(visit.clinicId ?? '', visit.id))
  const fee = lateFee(terms.data?.terms)
  const changing = useChanging(visit, () => {
    onClose()
    notifications.show({ message: t('cancel.done'), withCloseButton: false })
  })
  if (!isOpen) return null
  return (
    <Alert variant="light" color="red" role="group" title={t('cancel.title')}>
      <Stack>
        <Text fw={600}>
          <LocalTime at={visit.start} zone={zone} />
        </Text>
        <Text>{fee ? t('cancel.costs', { fee: formatMoney(fee) }) : t('cancel.free')}</Text>
        <Textarea
          label={t('cancel.reason')}
          value={reason}
          maxLength={500}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {changing.isError && (
          <Alert color="red" variant="light" role="alert" title={words(changing.error).title}>
            {words(changing.error).detail}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('cancel.keep')}
          </Button>
          <Button
            color="red.9"
            // What it costs must be known first.
            disabled={terms.isPending}
            loading={changing.isPending}
            onClick={() => changing.mutate({ status: 'canceled', reason: reason.trim() })}
          >
            {fee ? t('cancel.confirmFee', { fee: formatMoney(fee) }) : t('cancel.confirm')}
          </Button>
        </Group>
      </Stack>
    </Alert>
  )
}

/** Owed if one canceled or moved now. */
export function lateFee(terms: Appointment['cancellation'] | undefined) {
  const isLate = terms?.freeUntil && Date.parse(terms.freeUntil) <= Date.now()
  return isLate ? terms.lateFee : null
}
