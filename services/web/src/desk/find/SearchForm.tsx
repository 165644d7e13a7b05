/** What is sought: a service, with whom, between which days, in which part of them, and how many times. */
import type { Location } from '@ambulo/client'
import { Button, Chip, Group, NativeSelect, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { DateInput } from '../../ui/DateInput'
import { addDays, dateIn } from '../../ui/times'
import css from '../book/times.module.css'
import { Choice } from '../Choice'
import { mondayOf } from '../clock'
import { Form } from '../Form'
import { useOffered } from '../useOffered'

const PARTS = ['morning', 'afternoon', 'evening'] as const
const LIMITS = [3, 5, 10, 20]

export interface Sought {
  serviceId: string
  providerId: string
  from: string
  until: string
  part: (typeof PARTS)[number] | ''
  limit: number
}

interface SearchFormProps {
  location: Location
  seek: (sought: Sought) => void
  isBusy: boolean
}

export function SearchForm({ location, seek, isBusy }: SearchFormProps) {
  const { t } = useTranslation('desk')
  const { services, givers } = useOffered(location.id)
  const today = dateIn(location.timeZone)
  const nextWeek = addDays(mondayOf(today), 7)
  const [sought, setSought] = useState<Sought>({
    serviceId: '',
    providerId: '',
    from: today,
    until: addDays(today, 13),
    part: '',
    limit: 3,
  })
  const set = (change: Partial<Sought>) => setSought((before) => ({ ...before, ...change }))
  const serviceId = sought.serviceId || (services[0]?.id ?? '')
  return (
    <Form
      does={t('find.do')}
      write={{ error: undefined, isPending: isBusy }}
      submit={() => seek({ ...sought, serviceId })}
      isReady={Boolean(sought.from && sought.until)}
    >
      <Choice label={t('visit.service')} value={serviceId} of={services} choose={(id) => set({ serviceId: id })} />
      <Choice
        label={t('visit.specialist')}
        value={sought.providerId}
        of={givers(serviceId)}
        none={t('find.anybody')}
        choose={(providerId) => set({ providerId })}
      />
      <Group gap="xs">
        <Button variant="default" onClick={() => set({ from: today, until: addDays(mondayOf(today), 6) })}>
          {t('find.thisWeek')}
        </Button>
        <Button variant="default" onClick={() => set({ from: nextWeek, until: addDays(nextWeek, 6) })}>
          {t('find.nextWeek')}
        </Button>
      </Group>
      <Group grow gap="sm" align="start">
        <DateInput required label={t('find.from')} min={today} value={sought.from} onChange={(from) => set({ from })} />
        <DateInput
          required
          label={t('find.until')}
          min={sought.from}
          value={sought.until}
          onChange={(until) => set({ until })}
        />
      </Group>
      <div>
        <Text size="md" fw={500} id="part">
          {t('find.part')}
        </Text>
        <Chip.Group value={sought.part} onChange={(part) => set({ part: part as Sought['part'] })}>
          <Group gap={6} mt={6} role="radiogroup" aria-labelledby="part">
            <Chip value="" size="md" variant="outline" classNames={{ label: css.time }}>
              {t('find.anyTime')}
            </Chip>
            {PARTS.map((value) => (
              <Chip key={value} value={value} size="md" variant="outline" classNames={{ label: css.time }}>
                {t(`find.parts.${value}`)}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      </div>
      <NativeSelect
        size="md"
        label={t('find.limit')}
        value={String(sought.limit)}
        data={LIMITS.map(String)}
        onChange={(event) => set({ limit: Number(event.currentTarget.value) })}
      />
    </Form>
  )
}
