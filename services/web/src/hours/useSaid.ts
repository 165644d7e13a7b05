/** Says for a moment that something is done. */
import { notifications } from '@mantine/notifications'
import { useTranslation } from 'react-i18next'

const ID = 'said'

export function useSaid(): (message: string) => void {
  const { t } = useTranslation('hours')
  return (message) => {
    // One of these at a time: what was said before has been read.
    notifications.hide(ID)
    notifications.show({ id: ID, message, color: 'green', closeButtonProps: { 'aria-label': t('impact.close') } })
  }
}
