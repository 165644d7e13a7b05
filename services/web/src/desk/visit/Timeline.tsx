/** What happened to an appointment, oldest first. */
import { answer } from '@ambulo/client'
import { Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '../../app/api'
import { useCatalog } from '../../app/catalog'
import { Asked, LocalTime } from '../../ui'
import { useClinicId } from '../data'
import css from './panel.module.css'

export function Timeline({ visitId, zone }: { visitId: string; zone: string }) {
  const { t, i18n } = useTranslation('desk')
  const clinicId = useClinicId()
  const { specialist } = useCatalog()
  const found = useQuery({
    queryKey: [clinicId, 'timeline', visitId],
    queryFn: ({ signal }) => {
      const params = { path: { clinicId, appointmentId: visitId }, query: { limit: 100 } }
      return answer(api.GET('/v1/clinics/{clinicId}/appointments/{appointmentId}/timeline', { params, signal }))
    },
  })
  const words = (action: string) =>
    i18n.exists(`timeline.${action}`, { ns: 'desk' }) ? t(`timeline.${action}` as never) : action
  return (
    <section>
      <Title order={3} size="h5" mb="sm">
        {t('timeline.title')}
      </Title>
      <Asked query={found}>
        {({ entries }) => (
          <ol className={css.timeline}>
            {entries.map((entry) => (
              <li key={entry.version}>
                <Text fw={600} size="sm">
                  {words(entry.action)}
                  {['booked', 'moved'].includes(entry.action) && entry.startUTC && (
                    <>
                      {': '}
                      <LocalTime at={entry.startUTC} zone={zone} /> · {specialist(entry.providerId)?.name}
                    </>
                  )}
                </Text>
                <Text size="sm">
                  {entry.changedAt && <LocalTime at={entry.changedAt} zone={zone} />}
                  {entry.actor !== 'human' &&
                    ` · ${t(entry.actor === 'anonymous' ? 'timeline.online' : 'timeline.bySystem')}`}
                </Text>
                {entry.reason && <Text size="sm">“{entry.reason}”</Text>}
              </li>
            ))}
          </ol>
        )}
      </Asked>
    </section>
  )
}
