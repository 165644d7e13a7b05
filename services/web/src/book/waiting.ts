/** What times of day somebody waits for; and a patient puts themselves on the waitlist. */
import { answer } from '@ambulo/client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '../app/api'
import { useKeys } from '../app/keys'
import type { Booker } from './holding'
import type { Choice } from './useChosen'

/** The day as the times of a day are grouped, too: the afternoon begins at noon, and the latest start is inclusive. */
export const STRETCHES = {
  any: {},
  morning: { notAfter: '11:59' },
  afternoon: { notBefore: '12:00', notAfter: '16:59' },
  evening: { notBefore: '17:00' },
}

export type Part = keyof typeof STRETCHES
export const PARTS = Object.keys(STRETCHES) as Part[]

/** The word that was chosen, if it is one: 11:59 is no time that anybody has named. */
export function partOf({ notBefore, notAfter }: { notBefore?: string | null; notAfter?: string | null }) {
  return PARTS.find((part) => {
    const stretch: { notBefore?: string; notAfter?: string } = STRETCHES[part]
    return (stretch.notBefore ?? '') === (notBefore ?? '') && (stretch.notAfter ?? '') === (notAfter ?? '')
  })
}

interface Wishes {
  firstDay: string
  lastDay: string
  part: Part
}

export function useJoining({ clinicId, service, location, specialist }: Choice, booker: Booker) {
  const queries = useQueryClient()
  const keys = useKeys()
  return useMutation({
    // Without a network it fails at once, and says so.
    networkMode: 'always',
    mutationFn: (wishes: Wishes) => {
      const { firstDay, lastDay, part } = wishes
      return answer(
        api.POST('/v1/clinics/{clinicId}/waitlist', {
          params: { path: { clinicId }, header: keys.of(wishes) },
          body: {
            patientId: booker.patientId,
            serviceId: service.id,
            locationId: location.id,
            ...(specialist && { providerIds: [specialist.id] }),
            ...(firstDay && { firstDay }),
            ...(lastDay && { lastDay }),
            ...STRETCHES[part],
          },
        }),
      )
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: [clinicId, 'waitlist'] }),
  })
}
