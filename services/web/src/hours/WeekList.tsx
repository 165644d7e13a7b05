/** The week as seven forms, one under the other. */
import { SimpleGrid } from '@mantine/core'
import { DayCard, type DayCardProps } from './DayCard'
import { DAYS } from './week'

export type WeekViewProps = Omit<DayCardProps, 'day'>

export function WeekList(props: WeekViewProps) {
  return (
    <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }} spacing="md">
      {DAYS.map((day) => (
        <DayCard key={day} day={day} {...props} />
      ))}
    </SimpleGrid>
  )
}
