/** Dates on which a specialist does not work as usual: off, or open besides. */
import type { Answer, Location, Specialist } from '@ambulo/client'
import { Badge, SegmentedControl, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCatalog } from '../app/catalog'
import { useHere } from '../app/session'
import { Asked, Empty } from '../ui'
import { overrides } from './asks'
import { ChangeForm } from './ChangeForm'
import { Entry } from './Entry'
import { ImpactDialog } from './impact/ImpactDialog'
import { useImpact } from './impact/useImpact'
import { Period } from './Period'
import { usePeriod } from './usePeriod'
import css from './week.module.css'

type Override = Answer<'ListOverrides'>['overrides'][number]

export function Overrides({ specialist, place }: { specialist: Specialist; place: Location }) {
  const { t } = useTranslation('hours')
  const here = useHere()
  const found = useQuery({ ...overrides(here?.clinicId ?? '', specialist.id), enabled: Boolean(here) })
  const isToCome = ({ end }: Override) => Date.parse(end ?? '') > Date.now()
  return (
    <div className={css.split}>
      <Asked
        query={found}
        isEmpty={({ overrides: all }) => !all.some(isToCome)}
        empty={<Empty title={t('dates.empty.title')}>{t('dates.empty.detail')}</Empty>}
      >
        {({ overrides: all }) => (
          <Stack gap="xs" component="ul" p={0} m={0}>
            {all.filter(isToCome).map((each) => (
              <One key={each.id} it={each} zone={place.timeZone} specialist={specialist} />
            ))}
          </Stack>
        )}
      </Asked>
      {(found.data || !found.isError) && <Add key={specialist.id} specialist={specialist} place={place} />}
    </div>
  )
}

function One({ it, zone, specialist }: { it: Override; zone: string; specialist: Specialist }) {
  const { t } = useTranslation('hours')
  const { location } = useCatalog()
  const where = location(it.locationId)
  const kind = it.kind ?? 'unavailable'
  // Who was booked into an extra opening loses it, too.
  const impact = useImpact({ onDone: () => undefined })
  const look = () => impact.look({ removedOverride: { providerId: specialist.id, overrideId: it.id } })
  return (
    <Entry
      title={<Period start={it.start} end={it.end} zone={where?.timeZone ?? zone} />}
      badge={
        <Badge variant="light" color={kind === 'available' ? 'green' : 'orange'} size="lg" tt="none">
          {t(`dates.kind.${kind}`)}
        </Badge>
      }
      what={it.reason || t(`dates.kind.${kind}`)}
      impact={{ look, isLooking: impact.step === 'looking' || impact.step === 'applying' }}
    >
      {[it.reason, where?.name].filter(Boolean).join(' · ')}
      <ImpactDialog impact={impact} />
    </Entry>
  )
}

function Add({ specialist, place }: { specialist: Specialist; place: Location }) {
  const { t } = useTranslation('hours')
  const [kind, setKind] = useState<'unavailable' | 'available'>('unavailable')
  // What it is about begins anew, too: whole days go with being off.
  const period = usePeriod(place.timeZone, () => setKind('unavailable'))
  const locationId = kind === 'available' ? { locationId: place.id } : {}
  return (
    <ChangeForm
      title={t('dates.add')}
      period={period}
      example={t('reasonExample')}
      changeOf={(said) => ({ override: { providerId: specialist.id, kind, ...locationId, ...said } })}
    >
      <SegmentedControl
        aria-label={t('dates.what')}
        value={kind}
        onChange={(value) => {
          setKind(value as typeof kind)
          // Who is off is mostly off all day; nobody works all day.
          period.change({ wholeDays: value === 'unavailable' })
        }}
        data={[
          { value: 'unavailable', label: t('dates.kind.unavailable') },
          { value: 'available', label: t('dates.kind.available') },
        ]}
      />
    </ChangeForm>
  )
}
