/** An appointment as a file for the patient's own calendar. */
import type { Appointment } from '@ambulo/client'
import { useClinic } from '../app/clinic'
import { addressOf } from '../book/address'
import { saveIcs } from '../book/ics'
import { useNames } from './useNames'

export function useCalendarEntry(visit: Appointment): () => void {
  const clinic = useClinic()
  const { service, specialist, location } = useNames(visit)
  return () =>
    saveIcs({
      id: visit.id,
      start: visit.start,
      end: visit.end,
      title: [service, clinic?.name].filter(Boolean).join(', '),
      place: location ? [location.name, addressOf(location)].filter(Boolean).join(', ') : '',
      words: specialist ?? '',
      url: new URL(`/me/appointments/${visit.id}`, window.location.href).href,
    })
}
