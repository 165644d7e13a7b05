/** Whose the displaced appointments are: read by stretches of time in which they lie close together, not one by one. */
import { type Appointment, answer } from '@ambulo/client'
import { queryOptions, useQueries } from '@tanstack/react-query'
import { api } from '../../app/api'
import { patient } from '../../app/patients'
import { useHere } from '../../app/session'
import type { Displaced } from './useImpact'

const MOST = 200
const DAY_MS = 24 * 60 * 60_000

export interface Stretch {
  from: string
  until: string
  locationId: string
  /** Of the one specialist it is about; empty if there are several. */
  providerId: string
  /** Of the appointments that are looked for. */
  ids: string[]
}

/** By start, as they come; what lies further apart than a day is asked for on its own, without all that is between. */
export function stretchesOf(displaced: Displaced[]): Stretch[] {
  const found: Displaced[][] = []
  for (const each of displaced) {
    const [last, before] = [found.at(-1), found.at(-1)?.at(-1)]
    const isNear = before?.locationId === each.locationId && startOf(each) - startOf(before) <= DAY_MS
    if (last && isNear) last.push(each)
    else found.push([each])
  }
  return found.map((together) => {
    const starts = together.map(startOf)
    const specialists = new Set(together.map(({ providerId }) => providerId))
    return {
      from: new Date(Math.min(...starts)).toISOString(),
      // The end is exclusive.
      until: new Date(Math.max(...starts) + 1).toISOString(),
      locationId: together[0]?.locationId ?? '',
      providerId: specialists.size === 1 ? (together[0]?.providerId ?? '') : '',
      ids: together.map(({ appointmentId }) => appointmentId ?? ''),
    }
  })
}

const startOf = ({ startUTC }: Displaced) => Date.parse(startUTC ?? '')

const patientsOf = (clinicId: string, stretch: Stretch) =>
  queryOptions({
    queryKey: [clinicId, 'displaced', stretch],
    queryFn: async ({ signal }) => {
      const { from, until, locationId, providerId, ids } = stretch
      const wanted = new Set(ids)
      const patientIds: Record<string, string> = {}
      let cursor: string | null = ''
      while (cursor !== null && wanted.size > 0) {
        const query = {
          from,
          until,
          locationId,
          limit: MOST,
          ...(providerId && { providerId }),
          ...(cursor && { cursor }),
        }
        const page: { appointments: Appointment[]; nextCursor: string | null } = await answer(
          api.GET('/v1/clinics/{clinicId}/appointments', { params: { path: { clinicId }, query }, signal }),
        )
        for (const { id, patientId } of page.appointments) if (wanted.delete(id)) patientIds[id] = patientId ?? ''
        cursor = page.nextCursor || null
      }
      return patientIds
    },
  })

/** Names by the ids of appointments, as far as they are known yet. */
export function useNames(displaced: Displaced[]): (appointmentId: string | null) => string | undefined {
  const clinicId = useHere()?.clinicId ?? ''
  const read = useQueries({ queries: stretchesOf(displaced).map((each) => patientsOf(clinicId, each)) })
  const patientIds: Record<string, string> = Object.assign({}, ...read.map(({ data }) => data))
  const ids = [...new Set(Object.values(patientIds))].filter(Boolean)
  const patients = useQueries({ queries: ids.map((id) => patient(clinicId, id)) })
  const names = new Map(ids.map((id, at) => [id, nameOf(patients[at]?.data)]))
  return (appointmentId) => names.get(patientIds[appointmentId ?? ''] ?? '')
}

function nameOf(who: { givenName: string; familyName: string } | null | undefined): string | undefined {
  return who ? `${who.givenName} ${who.familyName}` : undefined
}
