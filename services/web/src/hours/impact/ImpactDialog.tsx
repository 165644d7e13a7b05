/** Whom a change displaces, and where each of them goes; nothing is saved before that is said. */
import { Alert, Button, Group, Modal, Progress, Stack, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Failed } from '../../ui'
import { type Choice, displacementOf, proposed } from './choice'
import { DisplacedRow } from './DisplacedRow'
import type { Displaced, Impact } from './useImpact'
import { useNames } from './whose'

const AT_ONCE = 20
/** On a phone, each as wide as it is. */
const WIDE = { base: '1 1 auto', sm: '0 0 auto' }

export function ImpactDialog({ impact }: { impact: Impact }) {
  const { t } = useTranslation('hours')
  const isPhone = useMediaQuery('(max-width: 48em)')
  const { step } = impact
  return (
    <Modal
      opened={step !== 'idle'}
      onClose={impact.leave}
      closeOnClickOutside={step === 'failed'}
      withCloseButton={step !== 'applying'}
      closeButtonProps={{ 'aria-label': t('impact.close'), size: 44 }}
      title={t('impact.title')}
      size="lg"
      fullScreen={isPhone ?? false}
    >
      {(step === 'looking' || step === 'applying') && (
        <Stack role="status" py="lg" gap="sm">
          <Text>{t(`impact.${step}`)}</Text>
          <Progress value={100} animated aria-label={t(`impact.${step}`)} />
        </Stack>
      )}
      {step === 'failed' && <Failed error={impact.error} retry={impact.retry} />}
      {step === 'choosing' && <Choosing impact={impact} />}
    </Modal>
  )
}

function Choosing({ impact }: { impact: Impact }) {
  const { t } = useTranslation('hours')
  const { displaced, more, isNewer } = impact
  const [chosen, setChosen] = useState<Record<string, Choice>>({})
  const [shown, setShown] = useState(AT_ONCE)
  const choiceOf = (each: Displaced) => chosen[each.appointmentId ?? ''] ?? proposed(each)
  const choices = displaced.map(choiceOf)
  const count = (kind: Choice['kind']) => choices.filter((each) => each.kind === kind).length
  const said = (['move', 'cancel', 'keep'] as const)
    .filter((kind) => count(kind) > 0)
    .map((kind) => t(`impact.sum.${kind}`, { count: count(kind) }))
  return (
    <Stack>
      {isNewer && <Alert color="yellow" title={t('impact.newer')} role="alert" />}
      {displaced.length > 0 && <Text>{t('impact.displaced', { count: displaced.length })}</Text>}
      {more && <Alert color="yellow">{t('impact.more')}</Alert>}
      <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }}>
        {inPages(displaced.slice(0, shown)).map((page) => (
          <Rows
            key={page[0]?.appointmentId}
            of={page}
            choiceOf={choiceOf}
            choose={(each, choice) => setChosen({ ...chosen, [each.appointmentId ?? '']: choice })}
          />
        ))}
      </Stack>
      {displaced.length > shown && (
        <Button variant="subtle" onClick={() => setShown(shown + AT_ONCE)}>
          {t('impact.showMore', { count: displaced.length - shown })}
        </Button>
      )}
      <Text c="dimmed" size="sm" aria-live="polite">
        {said.join(' · ')}
      </Text>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" flex={WIDE} onClick={impact.leave}>
          {t('impact.back')}
        </Button>
        <Button
          flex={WIDE}
          onClick={() => impact.apply(displaced.map((each, at) => displacementOf(each, choices[at])))}
        >
          {t('impact.apply')}
        </Button>
      </Group>
    </Stack>
  )
}

const inPages = (all: Displaced[]) =>
  Array.from({ length: Math.ceil(all.length / AT_ONCE) }, (_, page) => all.slice(page * AT_ONCE, (page + 1) * AT_ONCE))

interface RowsProps {
  of: Displaced[]
  choiceOf: (each: Displaced) => Choice
  choose: (each: Displaced, choice: Choice) => void
}

/** As many as are shown at once: whose they are is asked together. */
function Rows({ of: page, choiceOf, choose }: RowsProps) {
  const nameOf = useNames(page)
  return page.map((each) => (
    <DisplacedRow
      key={each.appointmentId}
      displaced={each}
      who={nameOf(each.appointmentId) ?? '…'}
      choice={choiceOf(each)}
      choose={(choice) => choose(each, choice)}
    />
  ))
}
