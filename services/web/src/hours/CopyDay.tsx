/** A day's hours to other days: to some, or to all working days at once. */
import { Button, Checkbox, Popover, Stack } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from './Icon'
import { DAYS, type Day } from './week'

const WORKING = DAYS.slice(0, 5)

export function CopyDay({ day, copy }: { day: Day; copy: (to: Day[]) => void }) {
  const { t } = useTranslation('hours')
  const [isOpen, setOpen] = useState(false)
  const [to, setTo] = useState<string[]>([])
  const done = () => {
    copy(to as Day[])
    setOpen(false)
    setTo([])
  }
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="subtle"
          size="sm"
          h={44}
          leftSection={<Icon name="copy" size={16} />}
          aria-label={t('copy.of', { day: t(`days.${day}`) })}
          onClick={() => setOpen(!isOpen)}
        >
          {t('copy.title')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('copy.of', { day: t(`days.${day}`) })}>
        <Stack gap="sm">
          <Checkbox.Group value={to} onChange={setTo} label={t('copy.to')}>
            <Stack gap={10} mt="xs">
              {DAYS.filter((each) => each !== day).map((each) => (
                <Checkbox key={each} value={each} label={t(`days.${each}`)} size="md" />
              ))}
            </Stack>
          </Checkbox.Group>
          <Button variant="subtle" size="sm" h={44} onClick={() => setTo(WORKING.filter((each) => each !== day))}>
            {t('copy.working')}
          </Button>
          <Button disabled={to.length === 0} onClick={done}>
            {t('copy.do')}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
