/** Who books: a patient of this clinic who is signed in, or a guest. */
import { useEffect, useState } from 'react'
import { switchClinic, useHere } from '../app/session'
import type { Booker } from './holding'

export interface Booking {
  booker: Booker | undefined
  /** They are a patient here, and act in another clinic still: soon it is known who they are. */
  isComing: boolean
}

export function useBooker(clinicId: string): Booking {
  const here = useHere()
  const mine = here?.memberships.find((each) => each.clinicId === clinicId && each.patientId)
  const isElsewhere = Boolean(mine && here?.clinicId !== clinicId)
  // Whoever cannot come in as themselves books as a guest.
  const [failed, setFailed] = useState('')
  useEffect(() => {
    if (isElsewhere) void switchClinic(clinicId).catch(() => setFailed(clinicId))
  }, [isElsewhere, clinicId])
  const isComing = isElsewhere && failed !== clinicId
  if (!here || !mine?.patientId || isElsewhere) return { booker: undefined, isComing }
  return { booker: { patientId: mine.patientId, email: here.email }, isComing }
}
