/** The calendar that a visit was booked from: it has hours of its own, by which the visit is moved, too. */
import { type Appointment, answer, type Calendar, Problem } from '@ambulo/client'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { api } from './api'

const calendar = (clinicId: string, calendarId: string) =>
  queryOptions({
    queryKey: [clinicId, 'calendars', calendarId],
    queryFn: async ({ signal }) => {
      const params = { path: { clinicId, calendarId } }
      return answer(api.GET('/v1/clinics/{clinicId}/calendars/{calendarId}', { params, signal })).catch((problem) => {
        if (problem instanceof Problem && problem.status === 404) return null
        throw problem
      })
    },
  })

type Booked = Pick<Appointment, 'clinicId' | 'calendarId' | 'serviceId'>

/** As the server sees it: what is no longer there, or for another service now, does not count. */
export function useCalendarOf({ clinicId, calendarId, serviceId }: Booked): {
  calendar: Calendar | undefined
  isLoading: boolean
} {
  const found = useQuery({ ...calendar(clinicId ?? '', calendarId ?? ''), enabled: Boolean(clinicId && calendarId) })
  const is = found.data && !found.data.inactive && found.data.serviceId === serviceId ? found.data : undefined
  return { calendar: is, isLoading: found.isLoading }
}

/** Who is no member of it has the usual hours. */
export function hasMember({ members }: Calendar, providerId: string | null): boolean {
  return members.some((each) => each.providerId === providerId)
}
