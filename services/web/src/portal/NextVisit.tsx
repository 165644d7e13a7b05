/** The next appointment, large: how many days still, where, and on the day the code that checks in. */
import type { Appointment } from '@ambulo/client'
import { Button, Card, Group, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { formatLocale } from '../app/i18n'
import { addressOf } from '../book/address'
import { ButtonLink, LocalTime } from '../ui'
import { dateIn } from '../ui/times'
import { CheckInCode } from './CheckInCode'
import css from './portal.module.css'
import { StatusBadge } from './StatusBadge'
import { useCalendarEntry } from './useCalendarEntry'
import { useNames } from './useNames'

export function NextVisit({ visit }: { visit: Appointment }) {
  const { t } = useTranslation('portal')
  const { service, specialist, location, zone } = useNames(visit)
  const save = useCalendarEntry(visit)
  const days = daysBetween(dateIn(zone), dateIn(zone, new Date(visit.start)))
  return (
    <Card withBorder padding="lg" className={css.next} component="section" aria-labelledby="next-visit">
      <Stack gap="md">
        <Group justify="space-between">
          <Text c="dimmed" fw={600}>
            {t('next.title')}
          </Text>
          <StatusBadge status={visit.status} />
        </Group>
        <div>
          <Title order={2} id="next-visit">
            {inDays(days)}
          </Title>
          <Text fz="lg">
            <LocalTime at={visit.start} until={visit.end} zone={zone} />
          </Text>
        </div>
        <div>
          <Text fw={600}>{[service, specialist].filter(Boolean).join(' · ')}</Text>
          {location && <Text c="dimmed">{[location.name, addressOf(location)].filter(Boolean).join(', ')}</Text>}
        </div>
        {days === 0 && <CheckInCode visit={visit} />}
        <Group gap="sm">
          <ButtonLink to="/me/appointments/$appointmentId" params={{ appointmentId: visit.id }}>
            {t('next.open')}
          </ButtonLink>
          <Button variant="light" onClick={save}>
            {t('visit.calendar')}
          </Button>
        </Group>
      </Stack>
    </Card>
  )
}

function daysBetween(one: string, other: string): number {
  return Math.round((Date.parse(other) - Date.parse(one)) / 86_400_000)
}

/** "today", "tomorrow", "in 5 days", as the language says it. */
function inDays(days: number): string {
  const words = new Intl.RelativeTimeFormat(formatLocale(), { numeric: 'auto' }).format(days, 'day')
  return words.charAt(0).toLocaleUpperCase() + words.slice(1)
}
