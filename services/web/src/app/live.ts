/** What changes elsewhere shows here: events make what was read stale, and a screen reads it again. */
import { Problem } from '@ambulo/client'
import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect, useEffectEvent, useState } from 'react'
import { type Event, listen } from './events'
import { accessToken } from './session'
import { FRESH_MS, makeStale } from './stale'

const NEWS = /^(appointment|availability|waitlist|walkIn)\.|^reset$/
/** Of channels that only somebody hears who has signed in. */
const OWN = /(^|,)(clinic|patient):/

/** What comes so close together, such as what was missed, is one piece of news. */
const TOGETHER_MS = 50
/** So long may a read take, and those who answer it may know so much later what has happened. */
const READS_WITHIN_MS = 5_000

/**
 * Listens to channels such as `clinic:ID` or `provider:ID` while the screen is there. News calls `heard`; without it, all
 * that was read of the clinic (query keys that begin with its id) is read again.
 * Tells whether it is live now.
 */
export function useLive(clinicId: string | undefined, channels: string[], heard?: (news: Event[]) => void): boolean {
  const queries = useQueryClient()
  const [isLive, setLive] = useState(false)
  const wanted = channels.join(',')
  const onNews = useEffectEvent((news: Event[]) => {
    if (heard && !news.some(({ type }) => type === 'reset')) heard(news)
    else makeStale(queries, [clinicId])
  })
  useEffect(() => {
    if (!clinicId || !wanted) return
    const leaving = new AbortController()
    const news: Event[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    const since = readAt(queries, clinicId)
    void listen({
      url: () => {
        const secondsAgo = `${Math.ceil((Date.now() - since) / 1000)}`
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
      onEvent: (event) => {
        if (!NEWS.test(event.type)) return
        if (news.push(event) === 1) timer = setTimeout(() => onNews(news.splice(0)), TOGETHER_MS)
      },
      onOpen: () => setLive(true),
      onLost: () => setLive(false),
      signal: leaving.signal,
    })
    return () => {
      leaving.abort()
      clearTimeout(timer)
    }
  }, [queries, clinicId, wanted])
  return isLive
}

/** Since when news is wanted: what was read on another screen shows here as long as it is fresh, and nobody listened. */
function readAt(queries: QueryClient, clinicId: string): number {
  const known = queries.getQueryCache().findAll({ queryKey: [clinicId] })
  const fresh = known.map(({ state }) => state.dataUpdatedAt).filter((at) => at > Date.now() - FRESH_MS)
  return Math.min(Date.now(), ...fresh) - READS_WITHIN_MS
}
