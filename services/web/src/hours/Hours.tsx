/** When specialists work: their week, what differs from it, time off; and when locations and rooms are closed. */
import type { Location, Specialist } from '@ambulo/client'
import { Button, Group, Modal, NativeSelect, Stack, Tabs, Text } from '@mantine/core'
import { useBlocker, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocations, useSpecialists } from '../app/catalog'
import { useLive } from '../app/live'
import { type Here, useHere } from '../app/session'
import { Asked, Empty, Page } from '../ui'
import { Downtime } from './Downtime'
import { Holidays } from './Holidays'
import { Overrides } from './Overrides'
import { TABS, type Tab } from './search'
import { TimeOff } from './TimeOff'
import { type Draft, DraftsContext } from './useDraft'
import { WeekEditor } from './WeekEditor'
import css from './week.module.css'

export function Hours() {
  const { t } = useTranslation('hours')
  const here = useHere()
  const specialists = useSpecialists()
  const locations = useLocations()
  return (
    <Page title={t('title')}>
      <Asked
        query={specialists}
        isEmpty={({ specialists: all }) => all.length === 0}
        empty={<Empty title={t('nobody.title')}>{t('nobody.detail')}</Empty>}
      >
        {({ specialists: all }) => (
          <Asked query={locations}>
            {({ locations: places }) => here && <Parts here={here} specialists={all} locations={places} />}
          </Asked>
        )}
      </Asked>
    </Page>
  )
}

interface PartsProps {
  here: Here
  specialists: Specialist[]
  locations: Location[]
}

function Parts({ here, specialists, locations }: PartsProps) {
  const { t } = useTranslation('hours')
  const go = useNavigate()
  const { tab, who, at } = useSearch({ from: '/inside/hours' })
  const [drafts, setDrafts] = useState<Record<string, Draft>>({})
  const set = (key: string, draft: Draft | undefined) =>
    setDrafts(({ [key]: _, ...others }) => (draft ? { ...others, [key]: draft } : others))
  useLive(here.clinicId, [`clinic:${here.clinicId}`])

  // Specialists look at themselves; the front desk at anybody.
  const shown = here.role === 'specialist' ? specialists.filter(({ id }) => id === here.providerId) : specialists
  const specialist = shown.find(({ id }) => id === who) ?? shown.find(({ id }) => id === here.providerId) ?? shown[0]
  const usual = locations.filter(({ id }) => specialist?.locationIds.includes(id))
  const places = usual.length > 0 ? usual : locations
  const place = places.find(({ id }) => id === at) ?? places[0]
  const choose = (more: { who?: string; at?: string; tab?: Tab }) =>
    void go({ to: '/hours', search: { tab, who, at, ...more }, replace: true })
  const ofPlace = tab === 'closed' || tab === 'rooms'
  const choices = ofPlace ? locations : places
  const chosenPlace = ofPlace ? (locations.find(({ id }) => id === at) ?? place) : place

  return (
    <DraftsContext value={{ all: drafts, set }}>
      <Stack>
        <Group gap="md" align="flex-end" className={css.choices}>
          {(tab === 'week' || tab === 'dates') && shown.length > 1 && (
            <NativeSelect
              label={t('specialist')}
              size="md"
              data={shown.map(({ id, name }) => ({ value: id, label: name }))}
              value={specialist?.id}
              onChange={(event) => choose({ who: event.currentTarget.value })}
            />
          )}
          {(tab === 'week' || tab === 'dates' || ofPlace) && choices.length > 1 && (
            <NativeSelect
              label={t('location')}
              size="md"
              data={choices.map(({ id, name }) => ({ value: id, label: name }))}
              value={chosenPlace?.id}
              onChange={(event) => choose({ at: event.currentTarget.value })}
            />
          )}
        </Group>
        <Tabs value={tab} onChange={(next) => choose({ tab: next as Tab })} keepMounted={false}>
          <Tabs.List mb="md" style={{ flexWrap: 'nowrap', overflowX: 'auto', overflowY: 'hidden' }}>
            {TABS.map((each) => (
              <Tabs.Tab key={each} value={each} mih={44}>
                {t(`tabs.${each}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {!specialist || !place || !chosenPlace ? (
            <Empty title={t('nobody.title')}>{t('nobody.detail')}</Empty>
          ) : (
            <>
              <Tabs.Panel value="week">
                <WeekEditor providerId={specialist.id} locationId={place.id} />
              </Tabs.Panel>
              <Tabs.Panel value="dates">
                <Overrides specialist={specialist} place={place} />
              </Tabs.Panel>
              <Tabs.Panel value="off">
                <TimeOff specialists={shown} zone={place.timeZone} />
              </Tabs.Panel>
              <Tabs.Panel value="closed">
                <Holidays place={chosenPlace} />
              </Tabs.Panel>
              <Tabs.Panel value="rooms">
                <Downtime place={chosenPlace} />
              </Tabs.Panel>
            </>
          )}
        </Tabs>
      </Stack>
      <Leaving isChanged={Object.keys(drafts).length > 0} />
    </DraftsContext>
  )
}

/** What was typed is not lost by a slip. */
function Leaving({ isChanged }: { isChanged: boolean }) {
  const { t } = useTranslation('hours')
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => isChanged && current.pathname !== next.pathname,
    enableBeforeUnload: () => isChanged,
    withResolver: true,
  })
  return (
    <Modal opened={status === 'blocked'} onClose={() => reset?.()} title={t('leaving.title')} withCloseButton={false}>
      <Stack>
        <Text>{t('leaving.detail')}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={proceed}>
            {t('leaving.leave')}
          </Button>
          <Button onClick={reset}>{t('leaving.stay')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
