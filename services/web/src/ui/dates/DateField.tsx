/** One types the date, or opens the calendar beside it; fetched when a screen first asks for a date. */
import '@mantine/dates/styles.css'
import 'dayjs/locale/de'
import 'dayjs/locale/ro'
import { ActionIcon, Popover, TextInput } from '@mantine/core'
import { DatePicker } from '@mantine/dates'
import { useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { DateInputProps } from '../DateInput'
import { Sign } from '../Sign'
import { dateIn, firstWeekday, ownZone } from '../times'
import { dateOf, isWhole, patternOf, writtenDate } from './written'

export function DateField({ value, onChange, onBlur, min, max, error, ...shown }: DateInputProps) {
  const { t } = useTranslation('dates')
  const [isOpen, setOpen] = useState(false)
  // What is being typed; undefined: nothing, it shows the value.
  const [text, setText] = useState<string>()
  const [fault, setFault] = useState<string>()
  const input = useRef<HTMLInputElement>(null)
  // No form goes out with a date that is none, also where it may be left out.
  useLayoutEffect(() => input.current?.setCustomValidity(fault ?? ''), [fault])
  const today = dateIn(ownZone())
  const pattern = patternOf({ day: t('day'), month: t('month'), year: t('year') })
  const type = (typed: string) => {
    setText(typed)
    setFault(undefined)
    const date = dateOf(typed, today)
    if (date && isWhole(typed) && !faultOf(date)) onChange(date)
  }
  const faultOf = (date: string | undefined) => {
    if (!date) return t('wrong', { pattern })
    if (min && date < min) return t('early', { date: writtenDate(min) })
    if (max && date > max) return t('late', { date: writtenDate(max) })
    return undefined
  }
  const settle = () => {
    if (text === undefined) return
    const date = dateOf(text, today)
    const found = text.trim() ? faultOf(date) : undefined
    setFault(found)
    if (!found) setText(undefined)
    onChange(found ? '' : (date ?? ''))
  }
  const pick = (date: string | null) => {
    setText(undefined)
    setFault(undefined)
    setOpen(false)
    if (date) onChange(date)
  }
  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      trapFocus
      returnFocus
      withRoles={false}
      position="bottom-end"
      shadow="md"
    >
      <Popover.Target>
        <TextInput
          {...shown}
          ref={input}
          value={text ?? writtenDate(value)}
          placeholder={pattern}
          inputMode="numeric"
          autoComplete="off"
          error={fault ?? error}
          onChange={(event) => type(event.currentTarget.value)}
          // Enter sends the form, and nothing blurs.
          onKeyDown={(event) => event.key === 'Enter' && settle()}
          onBlur={(event) => {
            settle()
            onBlur?.(event)
          }}
          rightSectionWidth={44}
          rightSection={
            <ActionIcon
              variant="subtle"
              color="gray"
              size={40}
              aria-label={t('open')}
              aria-haspopup="dialog"
              aria-expanded={isOpen}
              disabled={shown.disabled ?? false}
              onClick={() => setOpen(!isOpen)}
            >
              <Sign name="empty" size={22} />
            </ActionIcon>
          }
        />
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label={t('choose')} p="sm">
        <Picked value={value} min={min} max={max} today={today} onChange={pick} />
      </Popover.Dropdown>
    </Popover>
  )
}

/** Large enough for one. */
const THUMB = { width: 44, height: 44 }

interface PickedProps {
  value: string
  min: string | undefined
  max: string | undefined
  today: string
  onChange: (date: string | null) => void
}

function Picked({ value, min, max, today, onChange }: PickedProps) {
  const { t, i18n } = useTranslation('dates')
  return (
    <DatePicker
      value={value || null}
      onChange={onChange}
      defaultDate={value || (min && min > today ? min : today)}
      {...(min && { minDate: min })}
      {...(max && { maxDate: max })}
      locale={i18n.language}
      firstDayOfWeek={firstWeekday() as 0 | 1 | 6}
      size="md"
      styles={{ day: THUMB, calendarHeaderControl: THUMB, calendarHeaderLevel: { height: 44 } }}
      highlightToday
      hideOutsideDates
      // Red is for what is wrong.
      weekendDays={[]}
      // The keyboard begins there.
      getDayProps={(date) => (date === (value || today) ? { 'data-autofocus': true } : {})}
      ariaLabels={{
        nextMonth: t('nextMonth'),
        previousMonth: t('previousMonth'),
        nextYear: t('nextYear'),
        previousYear: t('previousYear'),
        nextDecade: t('nextDecade'),
        previousDecade: t('previousDecade'),
      }}
    />
  )
}
