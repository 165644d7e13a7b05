/** With whom and when: a day, a time of it, and those that are free to choose from. */

import type { Calendar, Specialist } from '@ambulo/client'
import { Group } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { hasMember } from '../../app/calendars'
import { DateInput } from '../../ui/DateInput'
import { TimeInput } from '../../ui/TimeInput'
import { Choice } from '../Choice'
import { instantAt, minutesOf } from '../clock'
import { FreeTimes } from './FreeTimes'
import { WhyNot } from './WhyNot'

export interface When {
  providerId: string
  date: string
  time: string
}

interface TimeFieldsProps {
  value: When
  change: (value: When) => void
  serviceId: string
  locationId: string
  givers: Specialist[]
  zone: string
  /** What it is booked from, of a visit that is there already. */
  calendar?: Calendar | undefined
  /** Of a visit that is there already its own time is not free, which needs no explanation. */
  explained?: boolean
  /** Beside the specialist. */
  children?: ReactNode
}

export function TimeFields({ value, change, serviceId, locationId, givers, zone, ...more }: TimeFieldsProps) {
  const { t } = useTranslation('desk')
  const { providerId, date, time } = value
  const start = startOf(value, zone)
  const { calendar } = more
  const calendarId = calendar && hasMember(calendar, providerId) ? calendar.id : undefined
  return (
    <>
      <Group grow preventGrowOverflow={false} gap="sm" align="start">
        <Choice
          label={t('visit.specialist')}
          value={providerId}
          of={givers}
          choose={(id) => change({ ...value, providerId: id })}
        />
        {more.children}
      </Group>
      <Group grow gap="sm" align="start">
        <DateInput required label={t('agenda.date')} value={date} onChange={(day) => change({ ...value, date: day })} />
        <TimeInput
          required
          minutesStep={5}
          label={t('visit.time')}
          value={time}
          onChange={(at) => change({ ...value, time: at })}
        />
      </Group>
      {more.explained && start && <WhyNot asked={{ serviceId, locationId, providerId, start }} />}
      <FreeTimes
        wanted={{ serviceId, locationId, providerId, date, calendarId }}
        zone={zone}
        chosen={time}
        choose={(free) => change({ ...value, time: free })}
      />
    </>
  )
}

/** Empty while something is missing. */
export function startOf({ date, time }: Pick<When, 'date' | 'time'>, zone: string): string {
  return date && time ? instantAt(zone, date, minutesOf(time)).toISOString() : ''
}
