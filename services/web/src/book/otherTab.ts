/** The mail's link opens another tab: the one in which somebody booked, and which waits for the code, goes on, too. */
import { useEffect, useEffectEvent } from 'react'
import type { Done } from './draft'

interface Message {
  bookingId: string
  done: Done
}

const NAME = 'ambulo-confirmed'

export function tellOtherTabs(bookingId: string, done: Done) {
  const channel = new BroadcastChannel(NAME)
  channel.postMessage({ bookingId, done } satisfies Message)
  channel.close()
}

export function useOtherTab(bookingId: string, onDone: (done: Done) => void) {
  const heard = useEffectEvent(onDone)
  useEffect(() => {
    const channel = new BroadcastChannel(NAME)
    channel.onmessage = ({ data }: MessageEvent<Message>) => {
      if (data.bookingId === bookingId) heard(data.done)
    }
    return () => channel.close()
  }, [bookingId])
}
