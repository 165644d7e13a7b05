/** The visit will not be: who wanted that, and why. Says beforehand what it costs the patient. */
import { Radio, Stack, Switch, Text, Textarea } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Visit } from '../data'
import { Form } from '../Form'
import { useCancel, useStep } from './steps'

interface CancelFormProps {
  visit: Visit
  kind: 'decline' | 'cancel' | 'noShow'
  about: string
  close: () => void
}

export function CancelForm({ visit, kind, about, close }: CancelFormProps) {
  const { t } = useTranslation('desk')
  const [by, setBy] = useState('patient')
  const [reason, setReason] = useState('')
  const [waiveFee, setWaive] = useState(false)
  const cancel = useCancel()
  const step = useStep()
  const write = kind === 'cancel' ? cancel : step
  const mayCost = kind === 'noShow' && Boolean(visit.cancellation?.noShowFee)
  const submit = () => {
    const seen = { appointmentId: visit.id, version: visit.version, reason: reason.trim() }
    const done = { onSuccess: close }
    if (kind === 'cancel') cancel.mutate({ ...seen, byPatient: by === 'patient' }, done)
    else step.mutate({ ...seen, step: kind, about, ...(waiveFee && { waiveFee }) }, done)
  }
  return (
    <Form
      title={t(`steps.${kind}`)}
      does={t(`cancel.do.${kind}`)}
      write={write}
      submit={submit}
      back={close}
      isDangerous
    >
      {kind === 'cancel' && (
        <Radio.Group label={t('cancel.by')} value={by} onChange={setBy}>
          <Stack gap={0} mt={4}>
            <Radio value="patient" label={t('cancel.byPatient')} py={10} />
            <Radio value="clinic" label={t('cancel.byClinic')} py={10} />
          </Stack>
        </Radio.Group>
      )}
      {kind === 'cancel' && <Text size="sm">{t(by === 'patient' ? 'cancel.feeMay' : 'cancel.feeNone')}</Text>}
      {mayCost && (
        <Switch
          label={t('cancel.waive')}
          checked={waiveFee}
          onChange={(event) => setWaive(event.currentTarget.checked)}
        />
      )}
      <Textarea
        label={t('visit.reason')}
        description={t('cancel.seen')}
        value={reason}
        maxLength={500}
        required={kind === 'decline'}
        autosize
        minRows={2}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </Form>
  )
}
