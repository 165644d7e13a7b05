/** Whether a time is free; if it is not, everything that is in the way, in words. */
import { answer } from '@ambulo/client'
import { Alert, List, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '../../app/api'
import { useClinicId } from '../data'
import { Refused } from '../Refused'
import { type Constraint, useReasons } from './useReasons'

export interface Asked {
  serviceId: string
  locationId: string
  providerId: string
  start: string
}

export function WhyNot({ asked }: { asked: Asked }) {
  const { t } = useTranslation('desk')
  const clinicId = useClinicId()
  const { data, error } = useQuery({
    queryKey: [clinicId, 'explanation', asked],
    queryFn: ({ signal }) => {
      const params = { path: { clinicId }, query: asked }
      return answer(api.GET('/v1/clinics/{clinicId}/availability/explanation', { params, signal }))
    },
    enabled: Boolean(clinicId && Object.values(asked).every(Boolean)),
  })
  return (
    <div aria-live="polite">
      <Refused error={error} />
      {data?.free && <Alert color="green" py="xs" title={t('explain.free')} />}
      {data && !data.free && <Reasons asked={asked} constraints={data.constraints} />}
    </div>
  )
}

function Reasons({ asked, constraints }: { asked: Asked; constraints: Constraint[] }) {
  const { t } = useTranslation('desk')
  const reasons = useReasons(asked, constraints)
  return (
    <Alert color="yellow" title={t('explain.notFree')}>
      <List size="sm" spacing={6}>
        {reasons.map(({ title, causes }) => (
          <List.Item key={title}>
            <Text fw={600} size="sm">
              {title}
            </Text>
            {causes.map((each) => (
              <Text key={each} size="sm">
                {each}
              </Text>
            ))}
          </List.Item>
        ))}
      </List>
    </Alert>
  )
}
