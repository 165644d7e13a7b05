/** The agenda of a location: who comes when, to whom. Live; what can be done is done from here. */
import './desk.css'
import { Badge } from '@mantine/core'
import { lazyRouteComponent } from '@tanstack/react-router'
import { Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocations, useSpecialists } from '../app/catalog'
import { useLater } from '../app/later'
import { Asked, Empty, Loading, Page } from '../ui'
import { format, startOfDay } from '../ui/times'
import { useWorkingTimes } from './agenda/hours'
import { Toolbar } from './agenda/Toolbar'
import { View } from './agenda/View'
import { useWhere, type Where } from './agenda/where'
import { useAgenda } from './data'
import { useDeskLive } from './live'
import type { Wanted } from './wanted'

const DaySheet = lazyRouteComponent(() => import('./agenda/DaySheet'), 'DaySheet')
const NewVisit = lazyRouteComponent(() => import('./book/NewVisit'), 'NewVisit')
const VisitPanel = lazyRouteComponent(() => import('./visit/VisitPanel'), 'VisitPanel')
const FindTime = lazyRouteComponent(() => import('./find/FindTime'), 'FindTime')
const BlockPanel = lazyRouteComponent(() => import('./visit/BlockPanel'), 'BlockPanel')
const LATER = [DaySheet, NewVisit, VisitPanel, FindTime, BlockPanel]

const shortDay = (date: string, zone: string) => format(startOfDay(date, zone), zone, 'shortDay')

export function Agenda() {
  const { t } = useTranslation('desk')
  const where = useWhere(shortDay)
  const isLive = useDeskLive()
  useLater(LATER)
  const [wanted, want] = useState<Wanted>()
  const close = () => want(undefined)
  return (
    <Page
      title={t('agenda.title')}
      actions={
        <Badge variant="dot" color={isLive ? 'green' : 'gray'} aria-live="polite" data-live={isLive || undefined}>
          {isLive ? t('agenda.live') : t('agenda.connecting')}
        </Badge>
      }
    >
      <Toolbar
        where={where}
        onNew={() => want({ kind: 'visit', date: where.date, locationId: where.location?.id ?? '' })}
        onFind={() => want({ kind: 'find' })}
      />
      <Places where={where} want={want} />
      <Suspense fallback={null}>
        {wanted?.kind === 'visit' && where.location && (
          <NewVisit wanted={wanted} location={where.location} close={close} />
        )}
        {wanted?.kind === 'find' && where.location && (
          <FindTime location={where.location} close={close} book={(slot) => want(slot)} />
        )}
        {wanted?.kind === 'block' && <BlockPanel blockId={wanted.id} where={where} close={close} />}
        {where.visitId && <VisitPanel visitId={where.visitId} close={() => where.go({ visit: undefined })} />}
      </Suspense>
    </Page>
  )
}

/** Without a place or people there is no agenda; says who can change that. */
function Places({ where, want }: { where: Where; want: (wanted: Wanted) => void }) {
  const { t } = useTranslation('desk')
  const locations = useLocations()
  const specialists = useSpecialists()
  const agenda = useAgenda(where.from, where.until, where.location?.id ?? '')
  const hours = useWorkingTimes(where)
  const nobody = <Empty title={t('agenda.nobody.title')}>{t('agenda.nobody.detail')}</Empty>
  return (
    <Asked query={locations} isEmpty={(found) => !found.locations.length} empty={nobody} loading={<Tall />}>
      {() => (
        <Asked query={specialists} isEmpty={() => !where.specialists.length} empty={nobody} loading={<Tall />}>
          {() => (
            <Asked query={agenda} loading={<Tall />}>
              {(found) =>
                // With the hours comes how tall the day is.
                hours.isLoading ? (
                  <Tall />
                ) : (
                  <>
                    <Suspense fallback={<Tall />}>
                      <View where={where} agenda={found} hours={hours} want={want} />
                    </Suspense>
                    <Suspense fallback={null}>
                      <DaySheet where={where} agenda={found} />
                    </Suspense>
                  </>
                )
              }
            </Asked>
          )}
        </Asked>
      )}
    </Asked>
  )
}

function Tall() {
  return <Loading rows={1} height={640} />
}
