/** Whose columns are shown: one after the other on a phone, any number on a desk. */
import { Button } from '@mantine/core'
import { lazyRouteComponent } from '@tanstack/react-router'
import { Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { useLater } from '../../app/later'
import css from './toolbar.module.css'
import type { Where } from './where'

const PeopleMenu = lazyRouteComponent(() => import('./PeopleMenu'), 'PeopleMenu')

// Also on a phone: it may be turned.
const LATER = [PeopleMenu]

export interface Choosing {
  where: Where
  choices: { id: string; name: string }[]
  /** Who is chosen, in short. */
  label: string
}

export function People({ where }: { where: Where }) {
  const { t } = useTranslation('desk')
  useLater(LATER)
  const { isByRoom, isPhone, rooms, specialists, who, view, go } = where
  const choices: { id: string; name: string }[] = isByRoom ? rooms : specialists
  if (choices.length < 2) return null
  if (isPhone && view !== 'month')
    return (
      <fieldset className={css.chips}>
        <legend className={css.legend}>{t(isByRoom ? 'agenda.rooms' : 'agenda.specialists')}</legend>
        {choices.map(({ id, name }) => (
          <button key={id} type="button" aria-pressed={who.includes(id)} onClick={() => go({ who: id })}>
            {name}
          </button>
        ))}
      </fieldset>
    )
  const label =
    who.length === choices.length
      ? t('agenda.everybody')
      : who.length === 1
        ? (choices.find(({ id }) => id === who[0])?.name ?? '')
        : t('agenda.people', { count: who.length })
  return (
    <Suspense fallback={<Button variant="default">{label}</Button>}>
      <PeopleMenu where={where} choices={choices} label={label} />
    </Suspense>
  )
}
