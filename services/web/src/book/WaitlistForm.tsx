/** From when until when, and at what time of day; what, with whom and where was chosen before. */
import { Alert, Button, Radio, SimpleGrid, Stack, Text } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ButtonLink, useProblemWords } from '../ui'
import { DateInput } from '../ui/DateInput'
import { dateIn } from '../ui/times'
import css from './book.module.css'
import type { Booker } from './holding'
import { firstOf } from './months'
import { textOf } from './offers'
import type { Choice } from './useChosen'
import { PARTS, type Part, useJoining } from './waiting'

interface WaitlistFormProps {
  choice: Choice
  booker: Booker
  month: string
}

export function WaitlistForm({ choice, booker, month }: WaitlistFormProps) {
  const { t, i18n } = useTranslation('book')
  const words = useProblemWords()
  const { service, specialist, location } = choice
  const today = dateIn(location.timeZone)
  const [firstDay, setFirstDay] = useState(firstOf(month) > today ? firstOf(month) : today)
  const [lastDay, setLastDay] = useState('')
  const [part, setPart] = useState<Part>('any')
  const joining = useJoining(choice, booker)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    joining.mutate({ firstDay, lastDay, part })
  }
  if (joining.isSuccess)
    return (
      <Stack role="status" align="flex-start">
        <Text fw={600}>{t('waitlist.done.title')}</Text>
        <Text>{t('waitlist.done.detail', { email: booker.email })}</Text>
        <ButtonLink to="/me" variant="light">
          {t('done.mine')}
        </ButtonLink>
      </Stack>
    )
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text>{t('waitlist.how')}</Text>
        <Text fw={600}>
          {[textOf(service, i18n.language).name, specialist?.name ?? t('who.any'), location.name].join(' · ')}
        </Text>
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <DateInput label={t('waitlist.firstDay')} value={firstDay} min={today} onChange={setFirstDay} />
          <DateInput
            label={t('waitlist.lastDay')}
            description={t('waitlist.noLastDay')}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={lastDay}
            min={firstDay || today}
            onChange={setLastDay}
          />
        </SimpleGrid>
        <Radio.Group size="md" label={t('waitlist.when')} value={part} onChange={(value) => setPart(value as Part)}>
          <SimpleGrid cols={{ base: 2, xs: 4 }} spacing="sm" mt="xs">
            {PARTS.map((each) => (
              <Radio
                key={each}
                value={each}
                size="md"
                label={t(`waitlist.part.${each}`)}
                classNames={{ body: css.part }}
              />
            ))}
          </SimpleGrid>
        </Radio.Group>
        {joining.error && (
          <Alert color="red" variant="light" role="alert" title={words(joining.error).title}>
            {words(joining.error).detail}
          </Alert>
        )}
        <Button type="submit" size="lg" className={css.next} loading={joining.isPending}>
          {t('waitlist.join')}
        </Button>
      </Stack>
    </form>
  )
}
