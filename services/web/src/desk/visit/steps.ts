/** What can be done with a visit as it stands, the most likely first. */
import { answer, ifMatch } from '@ambulo/client'
import { api } from '../../app/api'
import { submit } from '../../app/offline/queue'
import { SAFE, type SafeWrite } from '../../app/offline/safe'
import { dateIn } from '../../ui/times'
import { useClinicId, useSeen, type Visit } from '../data'
import { type Keyed, useWrite } from '../write'

const OF = '/v1/clinics/{clinicId}/appointments/{appointmentId}' as const
const PATHS = {
  accept: `${OF}/accept`,
  decline: `${OF}/decline`,
  confirm: `${OF}/confirm`,
  checkIn: `${OF}/check-in`,
  undoCheckIn: `${OF}/undo-check-in`,
  start: `${OF}/start`,
  complete: `${OF}/complete`,
  noShow: `${OF}/no-show`,
} as const

export type Step = keyof typeof PATHS

export interface StepWish {
  appointmentId: string
  version: number
  step: Step
  /** Whom it is about, in words, if it has to wait for a network. */
  about: string
  reason?: string
  waiveFee?: boolean
}

/** What happened at the desk stays true until it can be told; what needs a word or a decision is told at once or not. */
function mayWait(step: Step): step is SafeWrite {
  return step in SAFE
}

export function useStep() {
  const clinicId = useClinicId()
  return useWrite(async ({ appointmentId, version, step, about, ...body }: StepWish, keyed: Keyed) => {
    if (mayWait(step) && !body.reason && !body.waiveFee) return submit(step, { id: appointmentId, version }, about)
    const params = { path: { clinicId, appointmentId }, header: { ...keyed, ...ifMatch(version) } }
    return answer(api.POST(PATHS[step], { params, body }))
  }, useSeen())
}

export function useCancel() {
  const clinicId = useClinicId()
  return useWrite(
    (wish: { appointmentId: string; version: number; reason: string; byPatient: boolean }, keyed: Keyed) => {
      const { appointmentId, version, ...body } = wish
      const params = { path: { clinicId, appointmentId }, header: { ...keyed, ...ifMatch(version) } }
      return answer(
        api.PATCH('/v1/clinics/{clinicId}/appointments/{appointmentId}', {
          params,
          body: { ...body, status: 'canceled' },
        }),
      )
    },
    useSeen(),
  )
}

/** Steps without a form, in order; others are in `formsFor`. What has begun is neither accepted nor confirmed. */
export function stepsFor(visit: Visit, zone: string, now: Date): Step[] {
  const isToday = dateIn(zone, new Date(visit.start)) === dateIn(zone, now)
  const isAhead = Date.parse(visit.start) > now.getTime()
  switch (visit.status) {
    case 'requested':
      return isAhead ? ['accept'] : []
    case 'scheduled':
      return [...(isToday ? (['checkIn', 'start'] as const) : []), ...(isAhead ? (['confirm'] as const) : [])]
    case 'confirmed':
      return isToday ? ['checkIn', 'start'] : []
    case 'checked_in':
      return ['start', 'undoCheckIn']
    case 'in_progress':
      return ['complete']
    case 'no_show':
      return isToday ? ['checkIn'] : []
    default:
      return []
  }
}

export type FormName = 'decline' | 'move' | 'cancel' | 'noShow'

export function formsFor(visit: Visit, now: Date): FormName[] {
  if (visit.status === 'requested') return ['decline', 'move']
  if (visit.status === 'checked_in') return ['cancel']
  if (visit.status !== 'scheduled' && visit.status !== 'confirmed') return []
  return Date.parse(visit.start) < now.getTime() ? ['move', 'noShow', 'cancel'] : ['move', 'cancel']
}
