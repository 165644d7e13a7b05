/** An instant in the zone of the place it is about; names the zone to who is elsewhere. */
import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { differs, format, type TimeStyle, zoneName } from './times'

interface LocalTimeProps {
  at: string | Date
  until?: string | Date | undefined
  zone: string
  style?: TimeStyle
}

export function LocalTime({ at, until, zone, style = 'dayAndTime' }: LocalTimeProps) {
  useTranslation()
  const instant = new Date(at)
  return (
    <time dateTime={instant.toISOString()}>
      {format(instant, zone, style)}
      {until && `–${format(until, zone, 'time')}`}
      {differs(instant, zone) && (
        <Text span size="sm" c="dimmed">
          {` ${zoneName(instant, zone)}`}
        </Text>
      )}
    </time>
  )
}
