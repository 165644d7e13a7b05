/** A patient's appointments: those to come by pages, those of the past by years. */
import { type Appointment, answer } from '@ambulo/client'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api } from '../app/api'

const PAGE = 20
const MOST = 200
const DAY_MS = 86_400_000
const YEAR_MS = 365 * DAY_MS
/** So long ago a visit may have begun that goes on still. */
const LONGEST_MS = DAY_MS / 2

export interface Whose {
  clinicId: string
  patientId: string
}

async function listed({ clinicId, patientId }: Whose, query: object, signal: AbortSignal) {
  const params = { path: { clinicId }, query: { patientId, ...query } }
  return answer(api.GET('/v1/clinics/{clinicId}/appointments', { params, signal }))
}

const AHEAD = ['requested', 'scheduled', 'confirmed', 'checked_in', 'in_progress'] as const
const CALLED_OFF = ['canceled'] as const

/** Those that will be, or those that will not. */
export const upcoming = (whose: Whose, now: number, what: 'ahead' | 'calledOff' = 'ahead') =>
  infiniteQueryOptions({
    queryKey: [whose.clinicId, 'appointments', whose.patientId, what, now],
    queryFn: ({ signal, pageParam: cursor }) => {
      const status = what === 'ahead' ? AHEAD : CALLED_OFF
      const query = { from: iso(now - LONGEST_MS), status, limit: PAGE, ...(cursor && { cursor }) }
      return listed(whose, query, signal)
    },
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor || undefined,
    enabled: Boolean(whose.patientId),
  })

/** The latest first; the API lists by start, so that a year is read to its end. */
export const past = (whose: Whose, now: number) =>
  infiniteQueryOptions({
    queryKey: [whose.clinicId, 'appointments', whose.patientId, 'past', now],
    queryFn: async ({ signal, pageParam: year }) => {
      const stretch = { from: iso(now - (year + 1) * YEAR_MS), until: iso(now - year * YEAR_MS), limit: MOST }
      const found: Appointment[] = []
      let cursor = ''
      do {
        const page = await listed(whose, { ...stretch, ...(cursor && { cursor }) }, signal)
        found.push(...page.appointments)
        cursor = page.nextCursor ?? ''
      } while (cursor)
      return found.reverse()
    },
    initialPageParam: 0,
    getNextPageParam: (_, pages) => (pages.length < 5 ? pages.length : undefined),
    enabled: Boolean(whose.patientId),
  })

export const visitOf = (clinicId: string, appointmentId: string) =>
  queryOptions({
    queryKey: [clinicId, 'appointments', appointmentId],
    queryFn: async ({ signal }) => {
      const params = { path: { clinicId, appointmentId } }
      const found = await answer(api.GET('/v1/clinics/{clinicId}/appointments/{appointmentId}', { params, signal }))
      return found.appointment as Appointment
    },
    enabled: Boolean(clinicId),
  })

export const termsOf = (clinicId: string, appointmentId: string) =>
  queryOptions({
    queryKey: [clinicId, 'appointments', appointmentId, 'terms'],
    queryFn: ({ signal }) => {
      const params = { path: { clinicId, appointmentId } }
      return answer(api.GET('/v1/clinics/{clinicId}/appointments/{appointmentId}/terms', { params, signal }))
    },
    enabled: Boolean(clinicId),
  })

export const timelineOf = (clinicId: string, appointmentId: string) =>
  queryOptions({
    queryKey: [clinicId, 'appointments', appointmentId, 'timeline'],
    queryFn: ({ signal }) => {
      const params = { path: { clinicId, appointmentId }, query: { limit: MOST } }
      return answer(api.GET('/v1/clinics/{clinicId}/appointments/{appointmentId}/timeline', { params, signal }))
    },
    enabled: Boolean(clinicId),
  })

export const checkInCode = (clinicId: string, appointmentId: string) =>
  queryOptions({
    queryKey: [clinicId, 'appointments', appointmentId, 'code'],
    queryFn: ({ signal }) => {
      const params = { path: { clinicId, appointmentId } }
      return answer(api.GET('/v1/clinics/{clinicId}/appointments/{appointmentId}/check-in-code', { params, signal }))
    },
  })

/** Not over, and nobody has called it off. */
export function isAhead({ status, end }: Appointment, now: number): boolean {
  return Date.parse(end) > now && AHEAD.some((each) => each === status)
}

/** What a patient may still move or cancel. */
export function isChangeable({ status, start }: Appointment): boolean {
  return Date.parse(start) > Date.now() && ['scheduled', 'requested', 'confirmed'].includes(status ?? '')
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
