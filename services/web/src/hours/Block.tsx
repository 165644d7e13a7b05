/** A stretch on the grid: taken at its middle it moves, at its ends it grows. The form says the same in words. */
import type { PointerEvent } from 'react'
import css from './grid.module.css'
import type { Grip } from './useDrag'
import type { Stretch } from './week'
import { stretchWords } from './words'

interface BlockProps {
  stretch: Stretch
  top: number
  height: number
  /** Not what an earlier day's shift has after midnight. */
  isStart: boolean
  isWrong: boolean
  handle: (grip: Grip) => { onPointerDown: (event: PointerEvent<HTMLElement>) => void }
}

export function Block({ stretch, top, height, isStart, isWrong, handle }: BlockProps) {
  return (
    <div
      className={css.block}
      aria-hidden
      data-kind={stretch.kind}
      data-wrong={isWrong || undefined}
      data-sometimes={stretch.everyWeeks > 1 || undefined}
      data-testid="stretch"
      style={{ top: `${top * 100}%`, height: `${height * 100}%` }}
      {...handle('move')}
    >
      {isStart && <div className={css.top} {...handle('start')} />}
      {isStart && <span className={css.words}>{stretchWords(stretch)}</span>}
      <div className={css.bottom} data-testid="stretch-end" {...handle('end')} />
    </div>
  )
}
