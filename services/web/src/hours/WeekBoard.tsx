/** The week as one looks at it: seven days beside each other, changed by dragging; the chosen day's form beside it. */
import { Box } from '@mantine/core'
import { useState } from 'react'
import { DayCard } from './DayCard'
import { WeekGrid } from './WeekGrid'
import type { WeekViewProps } from './WeekList'
import type { Day } from './week'
import css from './week.module.css'

export function WeekBoard(props: WeekViewProps) {
  const [day, setDay] = useState<Day>('monday')
  return (
    <Box className={css.board}>
      <WeekGrid {...props} day={day} choose={setDay} />
      <DayCard day={day} {...props} />
    </Box>
  )
}
