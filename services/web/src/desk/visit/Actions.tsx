/** What can be done with a visit now: the next step as one clear button, the rest beside it. */
import { Button, Group, Stack } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useWaiting } from '../../app/offline/queue'
import { useNow } from '../agenda/now'
import type { Visit } from '../data'
import { Refused } from '../Refused'
import { CancelForm } from './CancelForm'
import { MoveForm } from './MoveForm'
import { type FormName, formsFor, type Step, stepsFor, useStep } from './steps'
import { useAbout } from './useAbout'

export function Actions({ visit, zone }: { visit: Visit; zone: string }) {
  const { t } = useTranslation('desk')
  const [form, setForm] = useState<FormName>()
  const now = useNow()
  const write = useStep()
  const steps = stepsFor(visit, zone, now)
  const forms = formsFor(visit, now)
  const close = () => setForm(undefined)
  const about = useAbout(visit, zone)
  const waits = useWaiting().some(({ target }) => target === visit.id)
  const take = (step: Step) => write.mutate({ appointmentId: visit.id, version: visit.version, step, about })
  if (form === 'move') return <MoveForm visit={visit} zone={zone} close={close} />
  if (form) return <CancelForm visit={visit} kind={form} about={about} close={close} />
  if (!steps.length && !forms.length) return null
  return (
    <Stack gap="sm">
      <Group gap="xs">
        {steps.map((step, at) => (
          <Button
            key={step}
            variant={at ? 'default' : 'filled'}
            onClick={() => take(step)}
            loading={write.isPending && write.variables.step === step}
            disabled={write.isPending || waits}
          >
            {t(`steps.${step}`)}
          </Button>
        ))}
        {forms.map((name) => (
          <Button key={name} variant="default" onClick={() => setForm(name)}>
            {t(`steps.${name}`)}
          </Button>
        ))}
      </Group>
      <Refused error={write.error} />
    </Stack>
  )
}
