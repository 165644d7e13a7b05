/** What changes elsewhere shows here: events make what was read stale, and a screen reads it again. */
import { Problem } from '@ambulo/client'
import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect, useEffectEvent, useState } from 'react'
import { type Event, listen } from './events'
import { accessToken } from './session'
import { makeStale } from './stale'

const NEWS = /^(appointment|availability|waitlist|walkIn)\.|^reset$/
/** Of channels that only somebody hears who has signed in. */
const OWN = /(^|,)(clinic|patient):/

/**
 * Listens to channels such as `clinic:ID` or `provider:ID` while the screen is there. Every piece of news calls `heard`;
 * without it, all that was read of the clinic (query keys that begin with its id) is read again.
 * Tells whether it is live now.
 */
export function useLive(clinicId: string | undefined, channels: string[], heard?: (event: Event) => void): boolean {
  const queries = useQueryClient()
  const [isLive, setLive] = useState(false)
  const wanted = channels.join(',')
  const onEvent = useEffectEvent((event: Event) => {
    if (!NEWS.test(event.type)) return
    if (heard && event.type !== 'reset') heard(event)
    else makeStale(queries, [clinicId])
  })
  useEffect(() => {
    if (!clinicId || !wanted) return
    const leaving = new AbortController()
    void listen({
      url: () => {
        const secondsAgo = `${readSecondsAgo(queries, clinicId)}`
        return `/v1/realtime/sse?${new URLSearchParams({ clinicId, channels: wanted, secondsAgo })}`
      },
      token: async () => {
        const isOwn = OWN.test(wanted)
        const token = await accessToken().catch((error) => {
          if (isOwn) throw error
        })
        // Only this attempt ends: who has just signed out would be refused what was theirs a moment ago.
        if (isOwn && !token) throw new Problem({ status: 401 })
        return token ?? undefined
      },
      onEvent,
      onOpen: () => setLive(true),
      onLost: () => setLive(false),
      signal: leaving.signal,
    })
    return () => leaving.abort()
  }, [queries, clinicId, wanted])
  return isLive
}

/** What was read on another screen shows here as long as it is fresh, and nobody may have listened since; at most a minute. */
function readSecondsAgo(queries: QueryClient, clinicId: string): number {
  const known = queries.getQueryCache().findAll({ queryKey: [clinicId] })
  const ages = known.map(({ state }) => (Date.now() - state.dataUpdatedAt) / 1000).filter((age) => age <= 60)
  // One: what is just being read.
  return Math.ceil(Math.max(1, ...ages))
}
