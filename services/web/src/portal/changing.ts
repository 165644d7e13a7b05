/** Moving and canceling: of the version that was seen, once however often it is pressed. */
import { type Appointment, answer, type Body, ifMatch, Problem } from '@ambulo/client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '../app/api'
import { useKeys } from '../app/keys'

type Change = Body<'ChangeAppointment'>

export function useChanging(visit: Appointment | undefined, onDone: () => void) {
  const queries = useQueryClient()
  const keys = useKeys()
  const clinicId = visit?.clinicId ?? ''
  return useMutation({
    networkMode: 'always',
    mutationFn: (body: Change) =>
      answer(
        api.PATCH('/v1/clinics/{clinicId}/appointments/{appointmentId}', {
          params: {
            path: { clinicId, appointmentId: visit?.id ?? '' },
            header: { ...ifMatch(visit?.version ?? 0), ...keys.of([visit?.version, body]) },
          },
          body,
        }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: [clinicId, 'appointments'] })
      onDone()
    },
    // Somebody else has changed it: whoever tries again sees what it is now.
    onError: (error) => {
      if (error instanceof Problem && error.status === 412)
        void queries.invalidateQueries({ queryKey: [clinicId, 'appointments'] })
    },
  })
}
