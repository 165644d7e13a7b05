/** Who books: a patient of this clinic who is signed in, or a guest. */
import { useEffect, useState } from 'react'
import { switchClinic, useHere } from '../app/session'
import type { Booker } from './holding'

interface Known {
  booker: Booker | undefined
  /** They are a patient here, and act in another clinic still: soon it is known who they are. */
  isComing: boolean
}

export function useBooker(clinicId: string): Known {
  const here = useHere()
  const mine = here?.memberships.find((each) => each.clinicId === clinicId && each.patientId)
  const isElsewhere = Boolean(mine && here?.clinicId !== clinicId)
  // The clinic to which it was tried to come; who is not there then books as a guest.
  const [tried, setTried] = useState('')
  useEffect(() => {
    if (!isElsewhere) return setTried('')
    void switchClinic(clinicId)
      .catch(() => undefined)
      .finally(() => setTried(clinicId))
  }, [isElsewhere, clinicId])
  if (!here || !mine?.patientId || isElsewhere)
    return { booker: undefined, isComing: isElsewhere && tried !== clinicId }
  return { booker: { patientId: mine.patientId, email: here.email }, isComing: false }
}
