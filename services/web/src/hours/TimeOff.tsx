/** Time off: asked for by specialists, decided by whoever may, withdrawn by who asked. */
import type { Answer, Specialist } from '@ambulo/client'
import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useHere } from '../app/session'
import { Asked, Empty } from '../ui'
import { AskTimeOff } from './AskTimeOff'
import { timeOff } from './asks'
import { TimeOffRow } from './TimeOffRow'
import css from './week.module.css'

export type Asking = Answer<'ListTimeOff'>['timeOff'][number]

const DONE = ['declined', 'withdrawn']

export function TimeOff({ specialists, zone }: { specialists: Specialist[]; zone: string }) {
  const { t } = useTranslation('hours')
  const here = useHere()
  const own = here?.role === 'specialist' ? (here.providerId ?? '') : ''
  const found = useQuery({ ...timeOff(here?.clinicId ?? '', own), enabled: Boolean(here) })
  const isShown = ({ end }: Asking) => Date.parse(end ?? '') > Date.now()
  // What waits for somebody comes first.
  const rank = ({ status }: Asking) => (status === 'requested' ? 0 : DONE.includes(status ?? '') ? 2 : 1)
  return (
    <div className={css.split}>
      <Asked
        query={found}
        isEmpty={({ timeOff: all }) => !all.some(isShown)}
        empty={<Empty title={t('off.empty.title')}>{t('off.empty.detail')}</Empty>}
      >
        {({ timeOff: all }) => (
          <Stack gap="xs" component="ul" p={0} m={0}>
            {all
              .filter(isShown)
              .toSorted((a, b) => rank(a) - rank(b))
              .map((each) => (
                <TimeOffRow key={each.id} it={each} zone={zone} />
              ))}
          </Stack>
        )}
      </Asked>
      {(found.data || !found.isError) && <AskTimeOff specialists={specialists} zone={zone} />}
    </div>
  )
}
