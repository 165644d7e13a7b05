/** When specialists work at a location, for shading: as the server counts it, with closed days, rules and time off. */
import { answer } from '@ambulo/client'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { api } from '../../app/api'
import { HOURS, useClinicId } from '../data'
import { dayPart, isWithin } from './layout'
import type { Where } from './where'

export interface Stretch {
  from: number
  to: number
}

export type WorkingTimes = ReturnType<typeof useWorkingTimes>

export const workingTimes = (clinicId: string, locationId: string, from: Date | undefined, until: Date | undefined) =>
  queryOptions({
    queryKey: [clinicId, HOURS, locationId, from?.toISOString(), until?.toISOString()],
    queryFn: ({ signal }) => {
      const query = { from: from?.toISOString() ?? '', until: until?.toISOString() ?? '' }
      const params = { path: { clinicId, locationId }, query }
      return answer(api.GET('/v1/clinics/{clinicId}/locations/{locationId}/working-times', { params, signal }))
    },
    enabled: Boolean(clinicId && locationId && from && until),
  })

/** Of everybody there, for the days that are shown. Rooms have no hours, and a month shows none. */
export function useWorkingTimes({ location, from, until, zone, isByRoom, view }: Where) {
  const clinicId = useClinicId()
  const locationId = location?.id ?? ''
  const isWanted = !isByRoom && view !== 'month'
  const found = useQuery(workingTimes(clinicId, locationId, isWanted ? from : undefined, until))
  /** Undefined: not known, so nothing is shaded. */
  const worksAt = (providerId: string, date: string): Stretch[] | undefined => {
    const mine = found.data?.specialists.find((each) => each.providerId === providerId)?.works ?? []
    const there = mine.map(({ start, end }) => ({ startUTC: start, endUTC: end }))
    return found.data && there.filter((each) => isWithin(each, date, zone)).map((each) => dayPart(each, date, zone))
  }
  return { worksAt, isLoading: found.isLoading }
}
