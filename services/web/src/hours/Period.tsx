/** From when until when: as dates alone if it is whole days there. */
import { LocalTime } from '../ui'
import { format, timeIn } from '../ui/times'

interface PeriodProps {
  start: string | null
  end: string | null
  zone: string
}

export function Period({ start, end, zone }: PeriodProps) {
  if (!start || !end) return null
  const isWhole = timeIn(zone, start) === '00:00' && timeIn(zone, end) === '00:00'
  if (!isWhole)
    return (
      <>
        <LocalTime at={start} zone={zone} /> – <LocalTime at={end} zone={zone} />
      </>
    )
  const first = format(start, zone, 'date')
  const last = format(new Date(Date.parse(end) - 60_000), zone, 'date')
  return <time dateTime={start}>{first === last ? first : `${first} – ${last}`}</time>
}
