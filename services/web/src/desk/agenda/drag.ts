/** Dragging by pointer: a visit to another time or column, or over free time to mark a stretch of it. */
import { type PointerEvent, type RefObject, useEffect, useRef, useState } from 'react'
import type { Visit } from '../data'
import type { Stretch } from './hours'

export interface Spot {
  key: string
  minutes: number
}

export type Dragging =
  | { kind: 'visit'; visit: Visit; spot: Spot; length: number }
  | { kind: 'range'; spot: Spot; until: number }

interface Grip {
  dragging: Dragging
  x: number
  y: number
  /** From the start of the visit to where it was taken, in minutes. */
  grip: number
  active: boolean
  timer?: ReturnType<typeof setTimeout>
}

const STEP = 15
const FAR_PX = 6
/** A thumb that scrolls does not stay so long. */
const LONG_PRESS_MS = 400

interface Options {
  grid: RefObject<HTMLElement | null>
  shown: Stretch
  onDrop: (dragged: Dragging) => void
}

export function useDrag({ grid, shown, onDrop }: Options) {
  const [dragging, setDragging] = useState<Dragging>()
  const held = useRef<Grip>(undefined)
  const dropped = useRef(false)

  const spotAt = (x: number, y: number): (Spot & { exact: number }) | undefined => {
    const column = document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-column]')
    if (!column || !grid.current?.contains(column)) return undefined
    const { top, height } = column.getBoundingClientRect()
    const exact = shown.from + ((y - top) / height) * (shown.to - shown.from)
    return { key: column.dataset.column ?? '', minutes: Math.floor(exact / STEP) * STEP, exact }
  }

  const letGo = () => {
    clearTimeout(held.current?.timer)
    held.current = undefined
    setDragging(undefined)
  }

  const begin = (event: PointerEvent, dragging: Dragging, grip: number) => {
    if (event.button !== 0) return
    const it: Grip = { dragging, x: event.clientX, y: event.clientY, grip, active: false }
    if (event.pointerType === 'touch')
      it.timer = setTimeout(() => {
        it.active = true
        setDragging(it.dragging)
      }, LONG_PRESS_MS)
    held.current = it
    dropped.current = false
  }

  const move = (event: PointerEvent) => {
    const it = held.current
    if (!it) return
    if (event.buttons === 0) return letGo()
    const far = Math.hypot(event.clientX - it.x, event.clientY - it.y) > FAR_PX
    if (!it.active && event.pointerType === 'touch') {
      if (far) letGo()
      return
    }
    if (!it.active && !far) return
    // Wherever the button is released, it is heard here.
    if (!it.active) grid.current?.setPointerCapture(event.pointerId)
    it.active = true
    const spot = spotAt(event.clientX, event.clientY)
    if (!spot) return
    it.dragging = dragged(it.dragging, spot, it.grip)
    setDragging(it.dragging)
  }

  const drop = (event: PointerEvent) => {
    const it = held.current
    letGo()
    if (!it?.active) return
    dropped.current = true
    // The click that belongs to it comes at once, if one does.
    setTimeout(() => {
      dropped.current = false
    })
    if (isInside(grid.current, event)) onDrop(it.dragging)
  }

  useEffect(() => {
    const root = grid.current
    const still = (event: TouchEvent) => held.current?.active && event.preventDefault()
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || !held.current) return
      clearTimeout(held.current.timer)
      held.current = undefined
      setDragging(undefined)
    }
    root?.addEventListener('touchmove', still, { passive: false })
    window.addEventListener('keydown', onKey)
    return () => {
      root?.removeEventListener('touchmove', still)
      window.removeEventListener('keydown', onKey)
    }
  }, [grid])

  return {
    dragging,
    /** Whether the click that comes now is the end of a drag. */
    wasDrag: () => dropped.current,
    onVisit: (event: PointerEvent, visit: Visit, spot: Spot, length: number) => {
      event.stopPropagation()
      const at = spotAt(event.clientX, event.clientY)
      begin(event, { kind: 'visit', visit, spot, length }, (at?.exact ?? spot.minutes) - spot.minutes)
    },
    onFree: (event: PointerEvent) => {
      const spot = event.pointerType === 'touch' ? undefined : spotAt(event.clientX, event.clientY)
      if (spot) begin(event, { kind: 'range', spot, until: spot.minutes + STEP }, 0)
      else dropped.current = false
    },
    onMove: move,
    onUp: drop,
    onCancel: letGo,
    spotAt,
  }
}

/** What is let go elsewhere stays where it was. */
function isInside(grid: HTMLElement | null, { clientX, clientY }: PointerEvent): boolean {
  return Boolean(grid?.contains(document.elementFromPoint(clientX, clientY)))
}

function dragged(what: Dragging, at: Spot & { exact: number }, grip: number): Dragging {
  if (what.kind === 'range') return { ...what, until: Math.max(at.minutes, what.spot.minutes) + STEP }
  const minutes = Math.round((at.exact - grip) / STEP) * STEP
  return { ...what, spot: { key: at.key, minutes } }
}
