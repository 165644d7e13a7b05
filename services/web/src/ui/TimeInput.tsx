/** A time of day, with 12 or 24 hours as the language has it; HH:MM to whoever asks, empty while it is not whole. */
import { TextInput } from '@mantine/core'
import type { TimePickerProps } from '@mantine/dates'
import { lazy, Suspense } from 'react'

export interface TimeInputProps
  extends Omit<TimePickerProps, 'value' | 'defaultValue' | 'onChange' | 'format' | 'ref'> {
  value: string
  onChange: (time: string) => void
}

const TimeField = lazy(() => import('./dates/TimeField').then((found) => ({ default: found.TimeField })))

export function TimeInput(props: TimeInputProps) {
  const { label, description, error, required, disabled, className, size = 'md' } = props
  const same = { label, description, error, required, disabled, className, size, 'aria-label': props['aria-label'] }
  return (
    // As large as what comes.
    <Suspense fallback={<TextInput {...same} value={props.value} readOnly aria-busy />}>
      <TimeField {...props} />
    </Suspense>
  )
}
