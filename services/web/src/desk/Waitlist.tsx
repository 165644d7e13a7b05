/** Who waits for a time, and what is held for them. */
import './desk.css'
import { Button } from '@mantine/core'
import { lazyRouteComponent } from '@tanstack/react-router'
import { Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLater } from '../app/later'
import { Asked, Empty, Page } from '../ui'
import { useDeskLive } from './live'
import css from './queue/board.module.css'
import { useWaitlist } from './waitlist/data'
import { EntryCard } from './waitlist/EntryCard'

const AddEntry = lazyRouteComponent(() => import('./waitlist/AddEntry'), 'AddEntry')
const LATER = [AddEntry]

export function Waitlist() {
  const { t } = useTranslation('desk')
  const found = useWaitlist()
  const [isAdding, add] = useState(false)
  useDeskLive()
  useLater(LATER)
  return (
    <Page title={t('waitlist.title')} actions={<Button onClick={() => add(true)}>{t('waitlist.add')}</Button>}>
      <Asked
        query={found}
        isEmpty={({ entries }) => entries.length === 0}
        empty={<Empty title={t('waitlist.empty.title')}>{t('waitlist.empty.detail')}</Empty>}
      >
        {({ entries }) => (
          <div className={css.list}>
            {entries.map((entry) => (
              <EntryCard key={entry.id} entry={entry} />
            ))}
          </div>
        )}
      </Asked>
      <Suspense fallback={null}>{isAdding && <AddEntry close={() => add(false)} />}</Suspense>
    </Page>
  )
}
