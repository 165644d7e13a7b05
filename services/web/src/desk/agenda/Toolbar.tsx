/** Where one is in the agenda, how one gets elsewhere, and what can be begun. */

import { ActionIcon, Button, Group, NativeSelect, SegmentedControl } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocations } from '../../app/catalog'
import { DateInput } from '../../ui/DateInput'
import { format, startOfDay } from '../../ui/times'
import { VIEWS, type View } from '../address'
import { monthWords } from './months'
import { People } from './People'
import css from './toolbar.module.css'
import { turned, type Where } from './where'
import { ZoneNote } from './ZoneNote'

const MoreMenu = lazy(() => import('./MoreMenu').then(({ MoreMenu: found }) => ({ default: found })))

interface ToolbarProps {
  where: Where
  onNew: () => void
  onFind: () => void
}

export function Toolbar({ where, onNew, onFind }: ToolbarProps) {
  const { t } = useTranslation('desk')
  const { go, view, location } = where
  const places = (useLocations().data?.locations ?? []).filter(({ inactive }) => !inactive)
  const more = (
    <ActionIcon variant="default" size={44} aria-label={t('agenda.more')}>
      ⋯
    </ActionIcon>
  )
  return (
    <div className={css.toolbar}>
      <Group justify="space-between" gap="sm">
        <Days where={where} />
        <Group gap="xs" className={css.actions}>
          <Button variant="default" onClick={onFind}>
            {t('find.open')}
          </Button>
          <Button onClick={onNew}>{t('new.open')}</Button>
          <Suspense fallback={more}>
            <MoreMenu where={where}>{more}</MoreMenu>
          </Suspense>
        </Group>
      </Group>
      <Group gap="xs" align="center">
        <SegmentedControl
          size="md"
          aria-label={t('agenda.view')}
          value={view}
          onChange={(value) => go({ view: value as View })}
          data={VIEWS.map((value) => ({ value, label: t(`agenda.views.${value}`) }))}
        />
        {places.length > 1 && (
          <NativeSelect
            size="md"
            className={css.place}
            aria-label={t('queue.location')}
            value={location?.id ?? ''}
            data={places.map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(event) => go({ at: event.currentTarget.value, who: undefined })}
          />
        )}
        <People where={where} />
      </Group>
      <ZoneNote zone={where.zone} place={location?.name ?? ''} />
    </div>
  )
}

function Days({ where }: { where: Where }) {
  const { t } = useTranslation('desk')
  const { go, date, view, zone, today, dates } = where
  const short = (day: string) => format(startOfDay(day, zone), zone, 'shortDay')
  const words = {
    day: () => format(startOfDay(date, zone), zone, 'day'),
    week: () => `${short(dates[0] ?? date)} – ${short(dates.at(-1) ?? date)}`,
    month: () => monthWords(date),
  }
  return (
    <Group gap={6} className={css.days}>
      <ActionIcon
        variant="default"
        size={44}
        aria-label={t('agenda.earlier')}
        onClick={() => go({ date: turned(where, -1) })}
      >
        ‹
      </ActionIcon>
      <Button variant="default" onClick={() => go({ date: undefined })} disabled={date === today}>
        {t('agenda.today')}
      </Button>
      <ActionIcon
        variant="default"
        size={44}
        aria-label={t('agenda.later')}
        onClick={() => go({ date: turned(where, 1) })}
      >
        ›
      </ActionIcon>
      <DateInput
        size="md"
        aria-label={t('agenda.date')}
        className={css.date}
        value={date}
        onChange={(day) => day && go({ date: day })}
      />
      <strong className={css.words} aria-live="polite">
        {zone && words[view]()}
      </strong>
    </Group>
  )
}
