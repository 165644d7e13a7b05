/** Dragging on the grid: shown while it goes on, kept when the pointer is let go. */
import { type PointerEvent, useEffect, useRef, useState } from 'react'
import {
  DAY_MINUTES,
  type Day,
  dragged,
  moved,
  newStretch,
  STEP,
  type Stretch,
  timeOf,
  type Week,
  withStretch,
} from './week'

/** A thumb that scrolls does not stay so long, nor so still. */
const LONG_PRESS_MS = 400
const FAR_PX = 6

export type Grip = 'move' | 'start' | 'end'

interface Dragging {
  base: Week
  stretch: Stretch
  grip: Grip
  x: number
  y: number
  width: number
  height: number
  now: Week
}

export function useDrag(week: Week, change: (week: Week) => void, choose: (day: Day) => void) {
  const [dragging, setDragging] = useState<Dragging>()

  const begin = (event: PointerEvent<HTMLElement>, base: Week, stretch: Stretch, grip: Grip) => {
    const column = event.currentTarget.closest('[data-day]')
    if (event.button !== 0 || !column) return
    event.stopPropagation()
    const { width, height } = column.getBoundingClientRect()
    const it = { base, stretch, grip, x: event.clientX, y: event.clientY, width, height, now: base }
    const take = () => {
      choose(stretch.weekday)
      setDragging(it)
    }
    if (event.pointerType === 'touch') afterLongPress(it, take)
    else {
      event.preventDefault()
      take()
    }
  }

  const grid = useRef<HTMLElement>(null)
  const latest = useRef<Dragging>(undefined)
  const isHeld = useRef(false)
  useEffect(() => {
    isHeld.current = dragging !== undefined
  }, [dragging])
  useEffect(() => {
    const root = grid.current
    // What is dragged does not scroll the page; this has to be known before the finger comes down.
    const still = (event: TouchEvent) => isHeld.current && event.preventDefault()
    root?.addEventListener('touchmove', still, { passive: false })
    return () => root?.removeEventListener('touchmove', still)
  }, [])

  useEffect(() => {
    if (!dragging) return
    const { base, stretch, grip, x, y, width, height } = dragging
    const onMove = (event: globalThis.PointerEvent) => {
      const minutes = ((event.clientY - y) / height) * DAY_MINUTES
      // Beyond Sunday there is no Monday: it would jump to the other side.
      const days = Math.round((event.clientX - x) / width)
      const now =
        grip === 'move' ? moved(base, stretch, minutes, days) : withStretch(base, dragged(stretch, grip, minutes))
      latest.current = { ...dragging, now }
      setDragging(latest.current)
    }
    const onEnd = () => {
      setDragging(undefined)
      // It may be let go before what was last moved is on the screen.
      const { now } = latest.current ?? dragging
      latest.current = undefined
      if (now !== week) change(now)
      const it = now.stretches.find(({ key }) => key === stretch.key)
      if (it) choose(it.weekday)
    }
    const leave = () => {
      latest.current = undefined
      setDragging(undefined)
    }
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && leave()
    const stop = new AbortController()
    const { signal } = stop
    window.addEventListener('pointermove', onMove, { signal })
    window.addEventListener('pointerup', onEnd, { signal })
    window.addEventListener('pointercancel', leave, { signal })
    window.addEventListener('keydown', onKey, { signal })
    return () => stop.abort()
  }, [dragging, week, change, choose])

  return {
    grid,
    isDragging: dragging !== undefined,
    week: dragging?.now ?? week,
    block: (stretch: Stretch, grip: Grip) => ({
      onPointerDown: (event: PointerEvent<HTMLElement>) => begin(event, week, stretch, grip),
    }),
    /** On what is empty, a new stretch begins where the pointer is. */
    empty: (day: Day) => ({
      onPointerDown: (event: PointerEvent<HTMLElement>) => {
        // A finger on what is empty scrolls; new hours are a tap on the day away.
        if (event.pointerType === 'touch') return choose(day)
        const { top, height } = event.currentTarget.getBoundingClientRect()
        const at = Math.floor((((event.clientY - top) / height) * DAY_MINUTES) / STEP / 2) * STEP * 2
        const made = newStretch('intervals', day, timeOf(at), timeOf(at + 60))
        begin(event, withStretch(week, made), made, 'end')
      },
    }),
  }
}

/** Unless the finger goes away or somewhere else before. */
function afterLongPress({ x, y }: { x: number; y: number }, take: () => void) {
  const gone = new AbortController()
  const { signal } = gone
  const leave = () => gone.abort()
  const timer = setTimeout(() => {
    leave()
    take()
  }, LONG_PRESS_MS)
  const move = (event: globalThis.PointerEvent) => Math.hypot(event.clientX - x, event.clientY - y) > FAR_PX && leave()
  signal.addEventListener('abort', () => clearTimeout(timer))
  window.addEventListener('pointermove', move, { signal })
  window.addEventListener('pointerup', leave, { signal })
  window.addEventListener('pointercancel', leave, { signal })
}
