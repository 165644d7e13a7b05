/** Who books: a patient of this clinic who is signed in, or a guest. */
import { useEffect } from 'react'
import { switchClinic, useHere } from '../app/session'
import type { Booker } from './holding'

export function useBooker(clinicId: string): Booker | undefined {
  const here = useHere()
  const mine = here?.memberships.find((each) => each.clinicId === clinicId && each.patientId)
  const isElsewhere = Boolean(mine && here?.clinicId !== clinicId)
  useEffect(() => {
    if (isElsewhere) void switchClinic(clinicId).catch(() => undefined)
  }, [isElsewhere, clinicId])
  if (!here || !mine?.patientId || isElsewhere) return undefined
  return { patientId: mine.patientId, email: here.email }
}
