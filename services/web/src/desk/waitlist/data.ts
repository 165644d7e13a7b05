/** The waitlist's data: who waits for what, what they were offered. */
import { type Answer, answer, type Body } from '@ambulo/client'
import { useQuery } from '@tanstack/react-query'
import { api } from '../../app/api'
import { useClinicId } from '../data'
import { type Keyed, useWrite } from '../write'

export type Entry = Answer<'ListWaitlist'>['entries'][number]

export function useWaitlist() {
  const clinicId = useClinicId()
  return useQuery({
    queryKey: [clinicId, 'waitlist'],
    queryFn: ({ signal }) => {
      const params = { path: { clinicId }, query: { limit: 200 } }
      return answer(api.GET('/v1/clinics/{clinicId}/waitlist', { params, signal }))
    },
    enabled: Boolean(clinicId),
  })
}

export function useOffers(entryId: string, isWanted: boolean) {
  const clinicId = useClinicId()
  return useQuery({
    queryKey: [clinicId, 'waitlist', entryId, 'offers'],
    queryFn: ({ signal }) => {
      const params = { path: { clinicId, entryId }, query: { limit: 100 } }
      return answer(api.GET('/v1/clinics/{clinicId}/waitlist/{entryId}/offers', { params, signal }))
    },
    enabled: Boolean(clinicId && isWanted),
  })
}

type Act = 'accept' | 'decline' | 'remove'

export function useEntryAct() {
  const clinicId = useClinicId()
  return useWrite(async ({ entryId, act }: { entryId: string; act: Act }, keyed: Keyed): Promise<void> => {
    const params = { path: { clinicId, entryId }, header: keyed }
    if (act === 'accept') await api.POST('/v1/clinics/{clinicId}/waitlist/{entryId}/accept', { params })
    else if (act === 'decline') await api.POST('/v1/clinics/{clinicId}/waitlist/{entryId}/decline', { params })
    else await api.DELETE('/v1/clinics/{clinicId}/waitlist/{entryId}', { params })
  })
}

export function useJoinWaitlist() {
  const clinicId = useClinicId()
  return useWrite((body: Body<'JoinWaitlist'>, keyed: Keyed) =>
    answer(api.POST('/v1/clinics/{clinicId}/waitlist', { params: { path: { clinicId }, header: keyed }, body })),
  )
}
