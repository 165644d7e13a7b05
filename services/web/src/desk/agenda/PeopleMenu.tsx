/** Any number of those whose columns there are. */
import { Button, Checkbox, Popover, Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Choosing } from './People'
import css from './toolbar.module.css'

export function PeopleMenu({ where, choices, label }: Choosing) {
  const { t } = useTranslation('desk')
  const { isByRoom, who, view, go } = where
  const isAll = who.length === choices.length
  const set = (ids: string[]) =>
    go({ who: ids.length === choices.length && view === 'day' ? undefined : ids.join(',') })
  const toggle = (id: string) => set(who.includes(id) ? who.filter((each) => each !== id) : [...who, id])
  return (
    <Popover position="bottom-start" shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="default">{label}</Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap={4} component="fieldset" className={css.choices}>
          <legend className={css.legend}>{t(isByRoom ? 'agenda.rooms' : 'agenda.specialists')}</legend>
          <Button variant="subtle" size="sm" onClick={() => set(choices.map(({ id }) => id))} disabled={isAll}>
            {t('agenda.everybody')}
          </Button>
          {choices.map(({ id, name }) => (
            <Checkbox
              key={id}
              label={name}
              checked={who.includes(id)}
              disabled={who.length === 1 && who.includes(id)}
              onChange={() => toggle(id)}
              className={css.choice}
            />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
