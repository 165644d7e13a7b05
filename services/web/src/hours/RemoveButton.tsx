/** Asks once more before it is gone. */
import { Button, Group } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'

interface RemoveButtonProps {
  /** Which one, for who hears it. */
  what: string
  /** What it is called, if not removing. */
  words?: string
  isPending: boolean
  remove: () => void
}

export function RemoveButton({ what, words, isPending, remove }: RemoveButtonProps) {
  const { t } = useTranslation('hours')
  const [isAsking, { open, close }] = useDisclosure()
  const name = words ?? t('removing.remove')
  if (!isAsking)
    return (
      <Button variant="subtle" color="gray" size="sm" h={44} onClick={open} aria-label={`${name}: ${what}`}>
        {name}
      </Button>
    )
  return (
    <Group gap="xs">
      <Button variant="default" size="sm" h={44} onClick={close}>
        {t('removing.keep')}
      </Button>
      <Button color="red" size="sm" h={44} loading={isPending} onClick={remove} data-autofocus>
        {words ?? t('removing.sure')}
      </Button>
    </Group>
  )
}
