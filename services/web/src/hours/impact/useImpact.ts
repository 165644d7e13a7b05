/**
 * A change is looked at before it is made: first a preview of whom it displaces, then, once it is known where each of
 * them goes, one call that does it all. Whoever displaces nobody is asked nothing.
 */
import { type Answer, answer, type Body, newKey, Problem } from '@ambulo/client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../app/api'
import { useHere } from '../../app/session'

export type Change = Body<'PreviewChange'>['change']
export type Displaced = Answer<'PreviewChange'>['displaced'][number]
export type Displacement = NonNullable<Body<'ApplyChange'>['displacements']>[number]
export type Applied = Answer<'ApplyChange'>

const PROPOSALS = 5

interface Asked {
  change: Change
  /** Of the apply, for whenever it is tried again; and of the look before it. */
  key: string
  lookKey: string
}

export interface Impact {
  step: 'idle' | 'looking' | 'choosing' | 'applying' | 'failed'
  displaced: Displaced[]
  more: boolean
  error: unknown
  /** Somebody was booked while one was choosing. */
  isNewer: boolean
  look: (change: Change) => void
  apply: (displacements: Displacement[]) => void
  retry: () => void
  leave: () => void
}

interface Ends {
  /** Resolves when all that follows from it is done, too. */
  onDone: (applied: Applied) => Promise<unknown> | undefined
  /** True: it is shown where it was typed, and nothing more is to be said here. */
  onProblem?: (problem: Problem) => boolean
}

export function useImpact({ onDone, onProblem }: Ends): Impact {
  const here = useHere()
  const queries = useQueryClient()
  const [asked, setAsked] = useState<Asked>()
  const [isNewer, setNewer] = useState(false)
  const params = { path: { clinicId: here?.clinicId ?? '' } }

  const preview = useMutation({
    mutationFn: ({ change, lookKey }: Asked) =>
      answer(
        api.POST('/v1/clinics/{clinicId}/changes/preview', {
          params: { ...params, header: { 'Idempotency-Key': lookKey } },
          body: { change, proposals: PROPOSALS },
        }),
      ),
    onSuccess: (found, it) => {
      if (found.displaced.length === 0 && !found.more) apply.mutate({ ...it, displacements: [] })
    },
    onError: (error) => shownThere(error),
  })
  const apply = useMutation({
    mutationFn: async ({ change, key, displacements }: Asked & { displacements: Displacement[] }) => {
      const applied = await answer(
        api.POST('/v1/clinics/{clinicId}/changes', {
          params: { ...params, header: { 'Idempotency-Key': key } },
          // Who cannot be shown cannot be sent anywhere.
          body: { change, displacements, ...(preview.data?.more && { keepOthers: true }) },
        }),
      )
      await onDone(applied)
      return applied
    },
    onSuccess: () => setAsked(undefined),
    // Also after a refusal: somebody else may have changed it meanwhile.
    onSettled: () => void queries.invalidateQueries({ queryKey: [here?.clinicId] }),
    onError: (error, it) => {
      if (!(error instanceof Problem) || error.reason !== 'DISPLACES_MORE') return shownThere(error)
      setNewer(true)
      look(it.change)
    },
  })
  const shownThere = (error: unknown) => {
    if (error instanceof Problem && onProblem?.(error)) setAsked(undefined)
  }
  const look = (change: Change) => {
    const it = { change, key: newKey(), lookKey: newKey() }
    setAsked(it)
    apply.reset()
    preview.mutate(it)
  }
  const stepNow = () => {
    if (!asked) return 'idle'
    if (preview.isPending) return 'looking'
    if (apply.isPending) return 'applying'
    if (preview.isError || apply.isError) return 'failed'
    return preview.data?.displaced.length || preview.data?.more ? 'choosing' : 'looking'
  }
  return {
    step: stepNow(),
    displaced: preview.data?.displaced ?? [],
    more: preview.data?.more ?? false,
    error: apply.error ?? preview.error,
    isNewer,
    look: (change) => {
      setNewer(false)
      look(change)
    },
    apply: (displacements) => {
      if (!asked) return
      // Another decision is another request; the same one again is the same.
      const same = JSON.stringify(apply.variables?.displacements) === JSON.stringify(displacements)
      const it = same ? asked : { ...asked, key: newKey() }
      setAsked(it)
      apply.mutate({ ...it, displacements })
    },
    retry: () => {
      if (apply.isError && apply.variables) apply.mutate(apply.variables)
      else if (asked) preview.mutate(asked)
    },
    leave: () => {
      setAsked(undefined)
      apply.reset()
    },
  }
}
