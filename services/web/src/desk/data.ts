/** What the front desk reads. News makes stale only what it can have changed. */
import { type Answer, answer, type Patient } from '@ambulo/client'
import {
  keepPreviousData,
  queryOptions,
  replaceEqualDeep,
  useQueries,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { api } from '../app/api'
import { patient } from '../app/patients'
import { useHere } from '../app/session'

export type Agenda = Answer<'GetAgenda'>
export type Visit = Agenda['appointments'][number]
export type Block = Agenda['blocks'][number]
export type Hold = Agenda['holds'][number]
export type Room = Answer<'ListRooms'>['rooms'][number]
export type { Patient }
export type Status = NonNullable<Visit['status']>

/** Keys, after the clinic's id, of what news is about. */
export const LIVELY = ['agenda', 'timeline', 'queue', 'waitlist', 'explanation', 'first'] as const
/** The key of what only news of hours is about. */
export const HOURS = 'working-times'

export function useClinicId(): string {
  return useHere()?.clinicId ?? ''
}

export function useAgenda(from: Date | undefined, until: Date | undefined, locationId: string) {
  const clinicId = useClinicId()
  return useQuery({
    queryKey: [clinicId, 'agenda', locationId, from?.toISOString(), until?.toISOString()],
    queryFn: ({ signal }) => {
      const query = { from: from?.toISOString() ?? '', until: until?.toISOString() ?? '', locationId }
      return answer(api.GET('/v1/clinics/{clinicId}/agenda', { params: { path: { clinicId }, query }, signal }))
    },
    enabled: Boolean(clinicId && from && until && locationId),
    refetchOnReconnect: true,
  })
}

/** What was read never takes the place of what is newer: of what a write has answered meanwhile. */
export const oneVisit = (clinicId: string, appointmentId: string) =>
  queryOptions({
    queryKey: [clinicId, 'timeline', appointmentId, 'visit'],
    queryFn: ({ signal }): Promise<OneVisit> => {
      const params = { path: { clinicId, appointmentId } }
      return answer(api.GET('/v1/clinics/{clinicId}/appointments/{appointmentId}', { params, signal }))
    },
    structuralSharing: (before, now) => (versionOf(before) > versionOf(now) ? before : replaceEqualDeep(before, now)),
  })

type OneVisit = Answer<'GetAppointment'>

const versionOf = (one: unknown): number => (one as OneVisit | undefined)?.appointment?.version ?? 0

/** For what a write has answered: it is seen at once, without being asked for. */
export function useSeen(): (done: OneVisit | undefined) => void {
  const clinicId = useClinicId()
  const queries = useQueryClient()
  return (done) => {
    if (done?.appointment) queries.setQueryData(oneVisit(clinicId, done.appointment.id).queryKey, done)
  }
}

const rooms = (clinicId: string) =>
  queryOptions({
    queryKey: [clinicId, 'rooms'],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/v1/clinics/{clinicId}/rooms', { params: { path: { clinicId }, query: { limit: 200 } }, signal }),
      ),
    staleTime: 5 * 60_000,
  })

export function useRooms(): Room[] {
  const clinicId = useClinicId()
  return useQuery({ ...rooms(clinicId), enabled: Boolean(clinicId) }).data?.rooms ?? []
}

/** Those of a day: each is known by itself, and those who are not are asked for together. */
export function usePatients(ids: (string | null)[]): Map<string, Patient> {
  const clinicId = useClinicId()
  const wanted = [...new Set(ids)].filter((id) => id !== null)
  const found = useQueries({ queries: wanted.map((id) => ({ ...patient(clinicId, id), enabled: Boolean(clinicId) })) })
  return new Map(found.flatMap(({ data }) => (data ? [[data.id, data] as const] : [])))
}

export function usePatientSearch(text: string) {
  const clinicId = useClinicId()
  return useQuery({
    queryKey: [clinicId, 'patients', text],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/v1/clinics/{clinicId}/patients', {
          params: { path: { clinicId }, query: { query: text, limit: 6 } },
          signal,
        }),
      ),
    enabled: Boolean(clinicId && text.trim().length > 1),
    placeholderData: keepPreviousData,
  })
}

export function nameOf(who: Patient | undefined): string {
  return who ? [who.givenName, who.familyName].filter(Boolean).join(' ') : '…'
}
