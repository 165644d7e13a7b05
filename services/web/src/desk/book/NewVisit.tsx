/** Something new at a time: an appointment for somebody, or a block. */
import type { Location } from '@ambulo/client'
import { SegmentedControl, Stack } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Side } from '../Side'
import type { WantedVisit } from '../wanted'
import { BlockForm } from './BlockForm'
import { VisitForm } from './VisitForm'

export function NewVisit({ wanted, location, close }: { wanted: WantedVisit; location: Location; close: () => void }) {
  const { t } = useTranslation('desk')
  const [kind, setKind] = useState(wanted.until ? 'block' : 'visit')
  return (
    <Side title={t('new.title')} close={close}>
      <Stack gap="md">
        <SegmentedControl
          size="md"
          aria-label={t('new.kind')}
          value={kind}
          onChange={setKind}
          data={[
            { value: 'visit', label: t('new.visit') },
            { value: 'block', label: t('new.block') },
          ]}
        />
        {kind === 'visit' ? (
          <VisitForm wanted={wanted} location={location} close={close} />
        ) : (
          <BlockForm wanted={wanted} zone={location.timeZone} close={close} />
        )}
      </Stack>
    </Side>
  )
}
