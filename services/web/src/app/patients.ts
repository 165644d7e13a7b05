/** Patients by their ids. All that a screen asks for at once goes in one question; each answer is kept by itself. */
import { answer, type Patient } from '@ambulo/client'
import { queryOptions } from '@tanstack/react-query'
import { api } from './api'

/** As many as one question may name so that its address is no longer than servers like (8 kB). */
const MOST = 100

type Answered = Promise<Map<string, Patient>>

interface Together {
  ids: string[]
  answered: Answered
}

const open = new Map<string, Together>()

/** Null: there is no such patient any more. */
export const patient = (clinicId: string, patientId: string) =>
  queryOptions({
    queryKey: [clinicId, 'patient', patientId],
    queryFn: async () => (await together(clinicId, patientId)).get(patientId) ?? null,
    staleTime: 30 * 60_000,
  })

function together(clinicId: string, patientId: string): Answered {
  const last = open.get(clinicId)
  if (last && last.ids.length < MOST) {
    last.ids.push(patientId)
    return last.answered
  }
  const ids = [patientId]
  // Once all components that are being shown have asked.
  const answered = Promise.resolve().then(() => {
    if (open.get(clinicId)?.ids === ids) open.delete(clinicId)
    return read(clinicId, ids)
  })
  open.set(clinicId, { ids, answered })
  return answered
}

async function read(clinicId: string, ids: string[]): Answered {
  const params = { path: { clinicId }, query: { ids, limit: MOST } }
  const { patients } = await answer(api.GET('/v1/clinics/{clinicId}/patients', { params }))
  return new Map(patients.map((each) => [each.id, each]))
}
