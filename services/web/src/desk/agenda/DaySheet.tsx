/** The day on paper: one table for each specialist, nothing that only works on a screen. */
import { useTranslation } from 'react-i18next'
import { useCatalog } from '../../app/catalog'
import { format, startOfDay } from '../../ui/times'
import { type Agenda, nameOf, usePatients, useRooms } from '../data'
import { inColumn, isOn } from './layout'
import css from './sheet.module.css'
import type { Where } from './where'

export function DaySheet({ where, agenda }: { where: Where; agenda: Agenda }) {
  const { t } = useTranslation('desk')
  const { t: common } = useTranslation()
  const { service } = useCatalog()
  const rooms = useRooms()
  const { zone, view, date, location, columns } = where
  const patients = usePatients(view === 'day' ? agenda.appointments.map(({ patientId }) => patientId) : [])
  if (view !== 'day' || !zone) return null
  return (
    <div className={css.sheet}>
      <h1>
        {location?.name} · {format(startOfDay(date, zone), zone, 'day')}
      </h1>
      {columns.map((column) => {
        const visits = inColumn(column, agenda, zone).appointments.filter(isOn)
        return (
          <section key={column.key}>
            <h2>{column.title}</h2>
            {visits.length === 0 && <p>{t('agenda.none')}</p>}
            {visits.length > 0 && (
              <table>
                <thead>
                  <tr>
                    <th>{t('visit.time')}</th>
                    <th>{t('visit.patient')}</th>
                    <th>{t('visit.service')}</th>
                    <th>{t('visit.room')}</th>
                    <th>{t('visit.status')}</th>
                  </tr>
                </thead>
                <tbody>
                  {visits.map((visit) => (
                    <tr key={visit.id}>
                      <td>
                        {format(visit.start, zone, 'time')}–{format(visit.end, zone, 'time')}
                      </td>
                      <td>{nameOf(patients.get(visit.patientId ?? ''))}</td>
                      <td>{service(visit.serviceId)?.name}</td>
                      <td>{rooms.find(({ id }) => id === visit.roomId)?.name}</td>
                      <td>{common(`status.${visit.status ?? 'scheduled'}`)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </section>
        )
      })}
    </div>
  )
}
