/** What is seldom wanted of the agenda: other shapes of it, and paper. */
import { Menu } from '@mantine/core'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import css from './toolbar.module.css'
import type { Where } from './where'

export function MoreMenu({ where, children }: { where: Where; children: ReactElement }) {
  const { t } = useTranslation('desk')
  const { view, isList, isByRoom, rooms, go } = where
  const choices = [
    view !== 'month' && {
      words: t(isList ? 'agenda.asColumns' : 'agenda.asList'),
      act: () => go({ as: isList ? undefined : 'list' }),
    },
    view === 'day' &&
      rooms.length > 0 && {
        words: t(isByRoom ? 'agenda.bySpecialist' : 'agenda.byRoom'),
        act: () => go({ by: isByRoom ? undefined : 'rooms', who: undefined }),
      },
    view === 'day' && { words: t('agenda.print'), act: () => window.print() },
  ].filter((each) => each !== false)
  if (!choices.length) return null
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown>
        {choices.map(({ words, act }) => (
          <Menu.Item key={words} className={css.item} onClick={act}>
            {words}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
