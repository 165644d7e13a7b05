/** The waiting room of a location: who walked in and waits, and who comes with an appointment today. Live. */
import './desk.css'
import type { Location } from '@ambulo/client'
import { Button, Group, NativeSelect, Stack, Title } from '@mantine/core'
import { lazyRouteComponent } from '@tanstack/react-router'
import { Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocations } from '../app/catalog'
import { useLater } from '../app/later'
import { Asked, ButtonLink, Empty, Page } from '../ui'
import { ZoneNote } from './agenda/ZoneNote'
import { useClinicId } from './data'
import { useDeskLive } from './live'
import { Board } from './queue/Board'
import css from './queue/board.module.css'
import { useWalkIns } from './queue/data'
import { WalkInCard } from './queue/WalkInCard'

const AddWalkIn = lazyRouteComponent(() => import('./queue/AddWalkIn'), 'AddWalkIn')
const CheckInByCode = lazyRouteComponent(() => import('./queue/CheckInByCode'), 'CheckInByCode')
const LATER = [CheckInByCode, AddWalkIn]
const KEPT = 'ambulo.desk.location'

export function Queue() {
  const { t } = useTranslation('desk')
  const locations = useLocations()
  useDeskLive()
  useLater(LATER)
  return (
    <Page title={t('queue.title')}>
      <Asked
        query={locations}
        isEmpty={(found) => !found.locations.length}
        empty={<Empty title={t('agenda.nobody.title')}>{t('agenda.nobody.detail')}</Empty>}
      >
        {(found) => <Places places={found.locations.filter(({ inactive }) => !inactive)} />}
      </Asked>
    </Page>
  )
}

function Places({ places }: { places: Location[] }) {
  const { t } = useTranslation('desk')
  const clinicId = useClinicId()
  const [locationId, setLocationId] = useState(localStorage.getItem(KEPT))
  const [open, setOpen] = useState<'walkIn' | 'code'>()
  const close = () => setOpen(undefined)
  const location = places.find(({ id }) => id === locationId) ?? places[0]
  if (!location) return null
  return (
    <Stack gap="xl">
      <Group gap="sm" align="flex-end">
        {places.length > 1 && (
          <NativeSelect
            label={t('queue.location')}
            size="md"
            data={places.map(({ id, name }) => ({ value: id, label: name }))}
            value={location.id}
            onChange={({ currentTarget: { value } }) => {
              localStorage.setItem(KEPT, value)
              setLocationId(value)
            }}
          />
        )}
        <Button onClick={() => setOpen('walkIn')}>{t('queue.add')}</Button>
        <Button variant="default" onClick={() => setOpen('code')}>
          {t('arrive.title')}
        </Button>
        <ButtonLink variant="default" to="/c/$clinicId" params={{ clinicId }}>
          {t('queue.poster')}
        </ButtonLink>
      </Group>
      <ZoneNote zone={location.timeZone} place={location.name} />
      <Waiting key={location.id} location={location} />
      <Board location={location} />
      <Suspense fallback={null}>
        {open === 'walkIn' && <AddWalkIn location={location} close={close} />}
        {open === 'code' && <CheckInByCode zone={location.timeZone} close={close} />}
      </Suspense>
    </Stack>
  )
}

function Waiting({ location }: { location: Location }) {
  const { t } = useTranslation('desk')
  const waiting = useWalkIns(location.id)
  return (
    <section>
      <Title order={2} size="h4" mb="sm">
        {t('queue.walkIns')}
      </Title>
      <Asked
        query={waiting}
        isEmpty={({ walkIns }) => walkIns.length === 0}
        empty={<Empty title={t('queue.empty.title')}>{t('queue.empty.detail')}</Empty>}
      >
        {({ walkIns }) => (
          <div className={css.list}>
            {walkIns.map((each) => (
              <WalkInCard key={each.id} walkIn={each} location={location} />
            ))}
          </div>
        )}
      </Asked>
    </section>
  )
}
