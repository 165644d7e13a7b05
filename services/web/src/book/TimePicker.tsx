/** A day of a month, then a time of the day; both live. For booking and for moving. */
import { Alert, Box, Button, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Failed, useProblemWords } from '../ui'
import { dateIn, differs, format, startOfDay, zoneName } from '../ui/times'
import css from './book.module.css'
import { type FreeStart, freeDays, useLiveDays, type Wish } from './days'
import { Month } from './Month'
import { dayName, monthName, monthOf, nextMonth } from './months'
import { SlotGone } from './SlotGone'
import { Times } from './Times'

interface TimePickerProps {
  wish: Wish
  /** Whose free times these are: listened to. */
  providerIds: string[]
  day: string | undefined
  onDay: (day: string) => void
  busy: string | undefined
  /** A start that was wanted, and has been taken. */
  gone: string | undefined
  onTime: (start: FreeStart) => void
  /** What else one can do, below; it may matter whether the month has any time. */
  otherwise?: (month: string, isNothing: boolean) => ReactNode
}

export function TimePicker({ wish, providerIds, day, onDay, busy, gone, onTime, otherwise }: TimePickerProps) {
  const { t } = useTranslation('book')
  const queries = useQueryClient()
  const today = dateIn(wish.zone)
  const [month, setMonth] = useState(monthOf(day ?? (gone ? dateIn(wish.zone, new Date(gone)) : today)))
  const found = useQuery(freeDays(wish, month))
  useLiveDays(wish, providerIds)
  const days = found.data?.days ?? []
  const free = new Map(days.map(({ date, starts }) => [date ?? '', starts.length]))
  const shown = day && monthOf(day) === month ? day : (days[0]?.date ?? '')
  const starts = days.find(({ date }) => date === shown)?.starts ?? []
  const hasCome = found.isSuccess
  useEffect(() => {
    if (hasCome) void queries.prefetchQuery(freeDays(wish, nextMonth(month)))
  }, [queries, wish, month, hasCome])
  if (found.isError && !found.data) return <Failed error={found.error} retry={() => void found.refetch()} />
  return (
    <Stack gap="lg">
      {gone && (
        <SlotGone gone={gone} days={days} zone={wish.zone} busy={busy} onTime={onTime} isReady={!found.isFetching} />
      )}
      {differs(startOfDay(shown || today, wish.zone), wish.zone) && <ElsewhereNote zone={wish.zone} />}
      <div className={css.picker}>
        <Month
          month={month}
          today={today}
          free={free}
          day={shown}
          isLoading={found.isPending}
          onDay={onDay}
          onMonth={setMonth}
        />
        {/* As tall as the month beside it; where there is nothing, nothing keeps the place. */}
        <Box mih={hasCome && days.length === 0 ? undefined : 330}>
          {found.isPending ? (
            <Skeleton height={330} radius="md" role="status" aria-label={t('time.looking')} />
          ) : days.length === 0 ? (
            <NothingThere wish={wish} month={month} onFound={onFoundOf(setMonth, onDay)} />
          ) : (
            <>
              <Title order={2} size="h4" mb="sm" aria-live="polite">
                {shown && dayName(shown)}
              </Title>
              {starts.length === 0 ? (
                <Text c="dimmed">{t('time.dayIsFull')}</Text>
              ) : (
                <Times starts={starts} zone={wish.zone} busy={busy} onTime={onTime} />
              )}
            </>
          )}
        </Box>
      </div>
      {hasCome && otherwise?.(month, days.length === 0)}
    </Stack>
  )
}

const onFoundOf = (setMonth: (month: string) => void, onDay: (day: string) => void) => (day: string) => {
  setMonth(monthOf(day))
  onDay(day)
}

function ElsewhereNote({ zone }: { zone: string }) {
  const { t } = useTranslation('book')
  const now = new Date()
  return (
    <Alert variant="light" color="gray" p="sm" role="note">
      {t('time.elsewhere', { zone: zoneName(now, zone), time: format(now, zone, 'time') })}
    </Alert>
  )
}

interface NothingThereProps {
  wish: Wish
  month: string
  onFound: (day: string) => void
}

const STRETCHES = 6

/** Two months at a time, a year ahead. */
function NothingThere({ wish, month, onFound }: NothingThereProps) {
  const { t } = useTranslation('book')
  const words = useProblemWords()
  const queries = useQueryClient()
  const look = useMutation({
    mutationFn: async () => {
      let from = nextMonth(month)
      for (let stretch = 0; stretch < STRETCHES; stretch++) {
        const { days } = await queries.fetchQuery(freeDays(wish, from, 2))
        if (days[0]?.date) return days[0].date
        from = nextMonth(nextMonth(from))
      }
      return ''
    },
    onSuccess: (day) => day && onFound(day),
  })
  return (
    <Stack align="flex-start" role="status">
      <Title order={2} size="h4">
        {t('time.nothing.title', { month: monthName(month) })}
      </Title>
      <Text c="dimmed">
        {look.data === '' ? t('time.nothing.never') : look.isError ? words(look.error).title : t('time.nothing.detail')}
      </Text>
      {look.data !== '' && (
        <Button variant="light" loading={look.isPending} onClick={() => look.mutate()}>
          {t('time.nothing.first')}
        </Button>
      )}
    </Stack>
  )
}
