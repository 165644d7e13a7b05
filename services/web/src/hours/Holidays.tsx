/** Days on which a location is closed: its country's holidays, and its own. */
import type { Answer, Location, Problem } from '@ambulo/client'
import {
  Badge,
  Button,
  Card,
  Group,
  NativeSelect,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useHere } from '../app/session'
import { Asked, Empty } from '../ui'
import { DateInput } from '../ui/DateInput'
import { dateIn } from '../ui/times'
import { holidays } from './asks'
import { useCountries } from './countries'
import { ImpactDialog } from './impact/ImpactDialog'
import { useImpact } from './impact/useImpact'
import { useFieldWords } from './useFieldWords'
import { useSaid } from './useSaid'
import { dateWords } from './words'

type Closed = Answer<'GetHolidays'>
type Wanted = Pick<Closed, 'country' | 'subdivision' | 'openOn' | 'closedOn'>

/** A year of most countries: the server knows three. */
const AT_ONCE = 15

export function Holidays({ place }: { place: Location }) {
  const here = useHere()
  const found = useQuery({ ...holidays(here?.clinicId ?? '', place.id), enabled: Boolean(here) })
  return (
    <Asked query={found}>
      {(closed) => <Shown key={`${place.id} ${closed.version}`} closed={closed} place={place} />}
    </Asked>
  )
}

function Shown({ closed, place }: { closed: Closed; place: Location }) {
  const { t } = useTranslation('hours')
  const here = useHere()
  const said = useSaid()
  const mayChange = here?.role === 'admin'
  const [isAll, showAll] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const impact = useImpact({
    onDone: () => {
      said(t('saved'))
      return undefined
    },
    onProblem: (found) => {
      const isHere = found.reason === 'UNKNOWN_COUNTRY'
      if (isHere) setProblem(found)
      return isHere
    },
  })
  const isPending = impact.step === 'looking' || impact.step === 'applying'
  const save = (next: Wanted) => {
    setProblem(undefined)
    impact.look({
      holidays: {
        locationId: place.id,
        country: next.country,
        subdivision: next.subdivision,
        openOn: next.openOn,
        closedOn: next.closedOn.map(({ date, name }) => ({ date: date ?? '', name })),
        expectedVersion: closed.version,
      },
    })
  }
  const { country, subdivision, openOn, closedOn } = closed
  const isOwn = (date: string | null) => closedOn.some((each) => each.date === date)
  const today = dateIn(place.timeZone)
  // A day that is worked is no closed day any more; it stays in the list so that it can be closed again.
  const worked = openOn.filter((date) => !closed.days.some((each) => each.date === date))
  const days = [...closed.days, ...worked.map((date) => ({ date, name: t('closedDays.worked') }))]
    .filter(({ date }) => (date ?? '') >= today)
    .toSorted((a, b) => (a.date ?? '').localeCompare(b.date ?? ''))
  const toggle = (date: string, isClosed: boolean) =>
    save({
      country,
      subdivision,
      openOn: isClosed ? openOn.filter((each) => each !== date) : [...openOn, date],
      closedOn: isClosed ? closedOn : closedOn.filter((each) => each.date !== date),
    })
  return (
    <Stack>
      {mayChange && (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Country key={country} closed={closed} save={save} isPending={isPending} problem={problem} />
          <Own add={(day) => save({ country, subdivision, openOn, closedOn: [...closedOn, day] })} />
        </SimpleGrid>
      )}
      <ImpactDialog impact={impact} />
      {days.length === 0 && <Empty title={t('closedDays.empty.title')}>{t('closedDays.empty.detail')}</Empty>}
      <SimpleGrid component="ul" cols={{ base: 1, sm: 2, lg: 3 }} spacing="xs" p={0} m={0}>
        {days.slice(0, isAll ? days.length : AT_ONCE).map(({ date, name }) => (
          <Card key={date} component="li" withBorder padding="sm">
            <Group justify="space-between" wrap="nowrap">
              <div>
                <Text fw={600}>{dateWords(date ?? '')}</Text>
                <Text size="sm" c="dimmed">
                  {name || t('closedDays.own')}
                </Text>
              </div>
              {mayChange ? (
                <Switch
                  size="md"
                  label={t('closed')}
                  aria-label={`${t('closed')}: ${dateWords(date ?? '')}`}
                  checked={!worked.includes(date ?? '')}
                  disabled={isPending}
                  onChange={(event) => toggle(date ?? '', event.currentTarget.checked)}
                />
              ) : (
                isOwn(date) && <Badge variant="light">{t('closedDays.own')}</Badge>
              )}
            </Group>
          </Card>
        ))}
      </SimpleGrid>
      {!isAll && days.length > AT_ONCE && (
        <Button variant="subtle" onClick={() => showAll(true)}>
          {t('closedDays.more', { count: days.length - AT_ONCE })}
        </Button>
      )}
    </Stack>
  )
}

interface CountryProps {
  closed: Closed
  save: (next: Wanted) => void
  isPending: boolean
  problem: Problem | undefined
}

function Country({ closed, save, isPending, problem }: CountryProps) {
  const { t } = useTranslation('hours')
  const countries = useCountries()
  const [country, setCountry] = useState(closed.country)
  const [subdivision, setSubdivision] = useState(closed.subdivision)
  const wrong = useFieldWords(problem)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save({ ...closed, country, subdivision })
  }
  return (
    <Card withBorder padding="lg" component="form" onSubmit={submit} aria-label={t('closedDays.country')}>
      <Stack>
        <Title order={2} size="h4">
          {t('closedDays.country')}
        </Title>
        <NativeSelect
          size="md"
          label={t('closedDays.whose')}
          value={country}
          error={wrong}
          data={[{ value: '', label: t('closedDays.none') }, ...countries]}
          onChange={(event) => setCountry(event.currentTarget.value)}
        />
        <TextInput
          label={t('closedDays.part')}
          description={t('closedDays.partHelp')}
          value={subdivision}
          disabled={!country}
          maxLength={3}
          onChange={(event) => setSubdivision(event.currentTarget.value.toUpperCase())}
        />
        <Group>
          <Button type="submit" loading={isPending}>
            {t('closedDays.save')}
          </Button>
        </Group>
      </Stack>
    </Card>
  )
}

function Own({ add }: { add: (day: { date: string; name: string }) => void }) {
  const { t } = useTranslation('hours')
  const [date, setDate] = useState('')
  const [name, setName] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add({ date, name })
  }
  return (
    <Card withBorder padding="lg" component="form" onSubmit={submit} aria-label={t('closedDays.addOwn')}>
      <Stack>
        <Title order={2} size="h4">
          {t('closedDays.addOwn')}
        </Title>
        <DateInput required label={t('closedDays.date')} value={date} onChange={setDate} />
        <TextInput
          label={t('closedDays.name')}
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Group>
          <Button type="submit" variant="light">
            {t('closedDays.add')}
          </Button>
        </Group>
      </Stack>
    </Card>
  )
}
