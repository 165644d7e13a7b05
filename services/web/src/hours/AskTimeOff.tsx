/** Asking for time off: nothing changes until somebody approves it. */
import { answer, Problem, type Specialist } from '@ambulo/client'
import { NativeSelect } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../app/api'
import { useKeys } from '../app/keys'
import { useHere } from '../app/session'
import { Failed } from '../ui'
import { PeriodForm, type When } from './PeriodForm'
import { useFieldWords } from './useFieldWords'
import { usePeriod } from './usePeriod'
import { useSaid } from './useSaid'

export function AskTimeOff({ specialists, zone }: { specialists: Specialist[]; zone: string }) {
  const { t } = useTranslation('hours')
  const here = useHere()
  const queries = useQueryClient()
  const said = useSaid()
  const clinicId = here?.clinicId ?? ''
  const [providerId, setProviderId] = useState(specialists[0]?.id ?? '')
  const period = usePeriod(zone)
  const keys = useKeys()
  const ask = useMutation({
    mutationFn: (when: When) => {
      const body = { providerId, ...when, reason: period.reason }
      const params = { path: { clinicId }, header: keys.of(body) }
      return answer(api.POST('/v1/clinics/{clinicId}/time-off', { params, body }))
    },
    onSuccess: async () => {
      keys.done()
      period.clear()
      said(t('off.asked'))
      await queries.invalidateQueries({ queryKey: [clinicId, 'time-off'] })
    },
  })
  const problem = ask.error instanceof Problem && ask.error.violations.length > 0 ? ask.error : undefined
  const wrong = useFieldWords(problem)
  return (
    <PeriodForm
      title={t('off.ask')}
      help={t('off.help')}
      period={period}
      example={t('reasonExample')}
      does={t('off.send')}
      isPending={ask.isPending}
      wrong={wrong}
      submit={ask.mutate}
      outcome={
        ask.isError && !problem && <Failed error={ask.error} retry={() => ask.variables && ask.mutate(ask.variables)} />
      }
    >
      {specialists.length > 1 && (
        <NativeSelect
          size="md"
          label={t('specialist')}
          data={specialists.map(({ id, name }) => ({ value: id, label: name }))}
          value={providerId}
          onChange={(event) => setProviderId(event.currentTarget.value)}
        />
      )}
    </PeriodForm>
  )
}
