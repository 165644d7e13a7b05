/** Hours and minutes side by side, as every clock has them; fetched when a screen first asks for a time. */
import '@mantine/dates/styles.css'
import { TimePicker } from '@mantine/dates'
import { useTranslation } from 'react-i18next'
import type { TimeInputProps } from '../TimeInput'
import { halvesOf } from './written'

export function TimeField({ 'aria-label': label, ...input }: TimeInputProps) {
  const { t } = useTranslation('dates')
  const halves = halvesOf()
  return (
    <TimePicker
      size="md"
      {...input}
      // A thumb has to hit one of them and not the other.
      styles={{ field: { minWidth: 28 } }}
      format={halves ? '12h' : '24h'}
      {...(halves && { amPmLabels: halves })}
      // Without one of its own, the hours have the name of the field.
      {...(label && { hoursInputLabel: label })}
      minutesInputLabel={t('minutes')}
      amPmInputLabel={t('half')}
    />
  )
}
