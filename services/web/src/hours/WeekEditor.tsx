/** A specialist's week at a location: changed here, looked at by the server, saved as one. */
import type { Problem, WeeklyHours } from '@ambulo/client'
import { Alert, Button, Group, SegmentedControl, Stack, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useHere } from '../app/session'
import { Asked, Loading, useProblemWords } from '../ui'
import { weeklyHours } from './asks'
import { ImpactDialog } from './impact/ImpactDialog'
import { useImpact } from './impact/useImpact'
import { Openings } from './Openings'
import { Stale } from './Stale'
import { useDraft } from './useDraft'
import { useSaid } from './useSaid'
import { WeekBoard } from './WeekBoard'
import { WeekList } from './WeekList'
import { blamed, openMinutes, toServer, unfinished, weekOf } from './week'
import css from './week.module.css'

interface WeekEditorProps {
  providerId: string
  locationId: string
}

export function WeekEditor({ providerId, locationId }: WeekEditorProps) {
  const here = useHere()
  const hours = useQuery({ ...weeklyHours(here?.clinicId ?? '', providerId), enabled: Boolean(here && providerId) })
  return (
    <Asked query={hours} loading={<Loading rows={7} height={112} />}>
      {({ weeklyHours: all }) => (
        <Editing
          key={`${providerId} ${locationId}`}
          providerId={providerId}
          locationId={locationId}
          hours={all.find((each) => each.locationId === locationId)}
          reload={async () => (await hours.refetch()).data?.weeklyHours.find((each) => each.locationId === locationId)}
        />
      )}
    </Asked>
  )
}

interface EditingProps extends WeekEditorProps {
  hours: WeeklyHours | undefined
  reload: () => Promise<WeeklyHours | undefined>
}

function Editing({ providerId, locationId, hours, reload }: EditingProps) {
  const { t, i18n } = useTranslation('hours')
  const words = useProblemWords()
  const said = useSaid()
  const isWide = useMediaQuery('(min-width: 75em)', undefined, { getInitialValueInEffect: false })
  const [view, setView] = useState<string>()
  const [problem, setProblem] = useState<Problem>()
  const [missing, setMissing] = useState<string[]>([])
  const read = useMemo(() => weekOf(hours), [hours])
  const draft = useDraft(`${providerId} ${locationId}`, hours, read)
  const { week } = draft
  const impact = useImpact({
    onDone: async () => {
      await reload()
      draft.discard()
      said(t('saved'))
      return undefined
    },
    onProblem: (found) => {
      const isHere = found.status === 412 || blamed(week, found).length > 0
      if (isHere) setProblem(found)
      return isHere
    },
  })
  const wrong: Record<string, string> = {}
  if (problem) {
    const key = `wrong.${problem.reason}` as never
    for (const each of blamed(week, problem))
      wrong[each] = i18n.exists(key, { ns: 'hours' }) ? t(key) : words(problem).title
  }
  for (const each of missing) wrong[each] = t('wrong.unfinished')
  const change = (next: typeof week) => {
    setProblem(undefined)
    setMissing([])
    draft.change(next)
  }
  const save = () => {
    const gaps = unfinished(week)
    setMissing(gaps)
    setProblem(undefined)
    if (gaps.length === 0)
      impact.look({ weeklyHours: { providerId, locationId, ...toServer(week), expectedVersion: draft.version } })
  }
  const shown = view ?? (isWide ? 'board' : 'list')
  const View = shown === 'board' ? WeekBoard : WeekList
  return (
    // What lies behind the dialog cannot be reached.
    <Stack inert={impact.step !== 'idle'}>
      <Group justify="space-between">
        <Text c="dimmed">{week.stretches.length > 0 ? hoursWords(openMinutes(week), t) : t('empty.detail')}</Text>
        <SegmentedControl
          value={shown}
          onChange={setView}
          data={[
            { value: 'board', label: t('view.board') },
            { value: 'list', label: t('view.list') },
          ]}
        />
      </Group>
      {problem?.status === 412 && (
        <Stale
          takeNewest={async () => {
            await reload()
            draft.discard()
            setProblem(undefined)
          }}
          keepMine={async () => {
            draft.rebase(await reload())
            setProblem(undefined)
          }}
        />
      )}
      {Object.keys(wrong).length > 0 && (
        <Alert color="red" title={t('wrong.title', { count: Object.keys(wrong).length })} role="alert">
          {t('wrong.detail')}
        </Alert>
      )}
      <View week={week} wrong={wrong} change={change} />
      <Openings week={week} wrong={wrong} change={change} />
      {draft.isChanged && (
        <Group className={css.bar} justify="flex-end" role="region" aria-label={t('unsaved')}>
          <Text fw={600} mr="auto">
            {t('unsaved')}
          </Text>
          <Button
            variant="default"
            onClick={() => {
              draft.discard()
              setProblem(undefined)
              setMissing([])
            }}
          >
            {t('discard')}
          </Button>
          <Button onClick={save}>{t('save')}</Button>
        </Group>
      )}
      <ImpactDialog impact={impact} />
    </Stack>
  )
}

function hoursWords(minutes: number, t: ReturnType<typeof useTranslation<'hours'>>['t']): string {
  const hours = Math.floor(minutes / 60)
  return t(minutes % 60 ? 'weekHoursMinutes' : 'weekHours', { count: hours, minutes: minutes % 60 })
}
