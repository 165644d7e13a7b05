/** The code that checks the patient in at a kiosk or with their phone, for who asks at the desk. */
import { answer } from '@ambulo/client'
import { Anchor, Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../app/api'
import { Asked } from '../../ui'
import { useClinicId, type Visit } from '../data'
import css from './panel.module.css'

const BEFORE_CHECK_IN = ['scheduled', 'confirmed']

export function CheckInCode({ visit }: { visit: Visit }) {
  const { t } = useTranslation('desk')
  const clinicId = useClinicId()
  const [isShown, show] = useState(false)
  const code = useQuery({
    queryKey: [clinicId, 'check-in-code', visit.id],
    queryFn: ({ signal }) => {
      const params = { path: { clinicId, appointmentId: visit.id } }
      return answer(api.GET('/v1/clinics/{clinicId}/appointments/{appointmentId}/check-in-code', { params, signal }))
    },
    enabled: isShown,
  })
  if (!BEFORE_CHECK_IN.includes(visit.status ?? '')) return null
  if (!isShown)
    return (
      <Button variant="default" onClick={() => show(true)}>
        {t('code.show')}
      </Button>
    )
  return (
    <Asked query={code}>
      {({ svg, url }) => (
        <div className={css.code}>
          <img alt={t('code.alt')} src={`data:image/svg+xml,${encodeURIComponent(svg)}`} width={180} height={180} />
          <Anchor href={url}>{t('code.open')}</Anchor>
        </div>
      )}
    </Asked>
  )
}
