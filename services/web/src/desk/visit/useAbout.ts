/** Whom a visit is about and when, in words: for the list of what waits for a network. */
import { format } from '../../ui/times'
import { nameOf, usePatients, type Visit } from '../data'

export function useAbout(visit: Visit, zone: string): string {
  const name = nameOf(usePatients([visit.patientId]).get(visit.patientId ?? ''))
  return `${name}, ${format(new Date(visit.start), zone, 'dayAndTime')}`
}
