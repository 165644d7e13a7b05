/** One request for time off: where it stands, and what may be done about it. */
import { answer, ifMatch } from '@ambulo/client'
import { Badge, Button, Card, Group, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../app/api'
import { useCatalog } from '../app/catalog'
import { useKeys } from '../app/keys'
import { type Here, useHere } from '../app/session'
import { Failed } from '../ui'
import { ImpactDialog } from './impact/ImpactDialog'
import { useImpact } from './impact/useImpact'
import { Period } from './Period'
import { RemoveButton } from './RemoveButton'
import type { Asking } from './TimeOff'

const COLORS = { requested: 'blue', approved: 'green', declined: 'red', withdrawn: 'gray' }
type Decision = 'approved' | 'declined' | 'withdrawn'

export function TimeOffRow({ it, zone }: { it: Asking; zone: string }) {
  const { t } = useTranslation('hours')
  const here = useHere()
  const queries = useQueryClient()
  const { specialist } = useCatalog()
  const [note, setNote] = useState('')
  const clinicId = here?.clinicId ?? ''
  const name = specialist(it.providerId)?.name ?? ''
  const status = it.status ?? 'requested'
  const keys = useKeys()
  const decide = useMutation({
    mutationFn: (status: Decision) => {
      const body = { status, ...(note && { answer: note }) }
      const header = { ...ifMatch(it), ...keys.of([it.version, body]) }
      const params = { path: { clinicId, timeOffId: it.id }, header }
      return answer(api.POST('/v1/clinics/{clinicId}/time-off/{timeOffId}/decision', { params, body }))
    },
    // Also after a refusal: somebody else may have decided meanwhile.
    onSettled: () => queries.invalidateQueries({ queryKey: [clinicId] }),
  })
  const impact = useImpact({ onDone: () => undefined })
  const approve = () =>
    impact.look({ timeOff: { timeOffId: it.id, expectedVersion: it.version, ...(note && { answer: note }) } })
  const isMine = here?.providerId === it.providerId
  return (
    <Card component="li" withBorder padding="md" aria-label={name}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <div>
            <Text fw={600}>
              <Period start={it.start} end={it.end} zone={zone} />
            </Text>
            <Text size="sm" c="dimmed">
              {[name, it.reason].filter(Boolean).join(' · ')}
            </Text>
            {it.answer && <Text size="sm">{t('off.answered', { answer: it.answer })}</Text>}
          </div>
          <Badge variant="light" color={COLORS[status]} size="lg" tt="none">
            {t(`off.status.${status}`)}
          </Badge>
        </Group>
        {status === 'requested' && mayDecide(here, isMine) && (
          <Group align="flex-end" gap="sm">
            <TextInput
              flex="1 1 220px"
              label={t('off.note')}
              aria-label={`${t('off.note')}: ${name}`}
              maxLength={500}
              value={note}
              onChange={(event) => setNote(event.currentTarget.value)}
            />
            <Button variant="default" loading={decide.isPending} onClick={() => decide.mutate('declined')}>
              {t('off.decline')}
            </Button>
            <Button loading={decide.isPending} onClick={approve}>
              {t('off.approve')}
            </Button>
          </Group>
        )}
        {['requested', 'approved'].includes(status) && mayWithdraw(here, isMine) && (
          <Group justify="flex-end">
            <RemoveButton
              what={name}
              words={t('off.withdraw')}
              isPending={decide.isPending}
              remove={() => decide.mutate('withdrawn')}
            />
          </Group>
        )}
        {decide.isError && impact.step === 'idle' && <Failed error={decide.error} />}
      </Stack>
      <ImpactDialog impact={impact} />
    </Card>
  )
}

/** Nobody decides on their own, except who runs the clinic. */
function mayDecide(here: Here | undefined, isMine: boolean): boolean {
  return here?.role === 'admin' || (here?.role !== 'patient' && !isMine)
}

function mayWithdraw(here: Here | undefined, isMine: boolean): boolean {
  return here?.role === 'admin' || isMine || !here?.providerId
}
