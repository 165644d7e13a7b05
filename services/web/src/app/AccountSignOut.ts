/** The way out: at once if nothing waits to be sent, else only after somebody has said what becomes of it. */
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { ownerOf, ownersOf } from './offline/owner'
import { sendAll, type Waiting, waitingOf } from './offline/queue'
import { signOut, useSession } from './session'

export function useSignOut() {
  const session = useSession()
  const [here, owners] = [ownerOf(session)?.id, ownersOf(session)]
  const go = useNavigate()
  const [waiting, setWaiting] = useState<Waiting[]>([])
  const leave = useMutation({ mutationFn: signOut, onSuccess: () => go({ to: '/' }) })
  const leaveIfDone = async () => {
    const left = await waitingOf(owners)
    setWaiting(left)
    if (!left.length) leave.mutate()
  }
  const send = useMutation({ mutationFn: () => sendAll().then(leaveIfDone) })
  return {
    waiting,
    /** What can be sent from here: the rest waits in other clinics. */
    canSend: waiting.some(({ owner, refused }) => !refused && owner === here),
    /** Something waits, or nobody could be told that it is over. */
    isStopped: waiting.length > 0 || leave.isError,
    isSending: send.isPending,
    isLeaving: leave.isPending,
    /** It was tried, and this is what is left. */
    isTried: send.isSuccess,
    isRefused: leave.isError,
    ask: () => void leaveIfDone(),
    send: () => send.mutate(),
    leave: () => leave.mutate(),
    stay: () => {
      setWaiting([])
      leave.reset()
      send.reset()
    },
  }
}

export type SigningOut = ReturnType<typeof useSignOut>
