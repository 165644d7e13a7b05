/** The waiting room's data: who has walked in, and who comes today. */
import { type Answer, answer, type Body, ifMatch } from '@ambulo/client'
import { useQuery } from '@tanstack/react-query'
import { api } from '../../app/api'
import { useClinicId } from '../data'
import { type Keyed, useWrite } from '../write'

export type WalkIn = Answer<'ListWalkIns'>['walkIns'][number]

const OF = '/v1/clinics/{clinicId}/walk-ins/{walkInId}' as const
const PATHS = { call: `${OF}/call`, serve: `${OF}/serve`, leave: `${OF}/leave` } as const

export type WalkInStep = keyof typeof PATHS

export function useWalkIns(locationId: string) {
  const clinicId = useClinicId()
  return useQuery({
    queryKey: [clinicId, 'queue', locationId],
    queryFn: ({ signal }) => {
      const params = { path: { clinicId }, query: { locationId, limit: 100 } }
      return answer(api.GET('/v1/clinics/{clinicId}/walk-ins', { params, signal }))
    },
    enabled: Boolean(clinicId && locationId),
    // The expected wait goes by.
    refetchInterval: 60_000,
  })
}

interface StepWish {
  walkInId: string
  version: number
  step: WalkInStep
  providerId?: string
}

export function useWalkInStep() {
  const clinicId = useClinicId()
  return useWrite(({ walkInId, version, step, ...body }: StepWish, keyed: Keyed) => {
    const params = { path: { clinicId, walkInId }, header: { ...keyed, ...ifMatch(version) } }
    return answer(api.POST(PATHS[step], { params, body: step === 'leave' ? {} : body }))
  })
}

export function useJoin() {
  const clinicId = useClinicId()
  return useWrite((body: Body<'JoinQueue'>, keyed: Keyed) =>
    answer(api.POST('/v1/clinics/{clinicId}/walk-ins', { params: { path: { clinicId }, header: keyed }, body })),
  )
}
