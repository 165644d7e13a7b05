/** A day, typed as one writes it or picked from a calendar; YYYY-MM-DD to whoever asks, empty if there is none. */
import { TextInput, type TextInputProps } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { writtenDate } from './dates/written'

export interface DateInputProps extends Omit<TextInputProps, 'value' | 'defaultValue' | 'onChange' | 'type' | 'ref'> {
  value: string
  onChange: (date: string) => void
  /** The first and the last day that can be chosen, YYYY-MM-DD. */
  min?: string | undefined
  max?: string | undefined
}

const DateField = lazy(() => import('./dates/DateField').then((found) => ({ default: found.DateField })))

export function DateInput(props: DateInputProps) {
  const { value, onChange, min, max, ...input } = props
  return (
    // As large as what comes, with the date in it.
    <Suspense fallback={<TextInput {...input} value={writtenDate(value)} readOnly aria-busy />}>
      <DateField {...props} />
    </Suspense>
  )
}
