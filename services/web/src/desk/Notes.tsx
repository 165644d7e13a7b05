/** What one wants to remember of somebody who comes. */
import { Textarea } from '@mantine/core'
import { useTranslation } from 'react-i18next'

interface NotesProps {
  value: string
  maxLength: number
  change: (notes: string) => void
}

export function Notes({ value, maxLength, change }: NotesProps) {
  const { t } = useTranslation('desk')
  return (
    <Textarea
      label={t('visit.notes')}
      description={t('new.notesSeen')}
      value={value}
      maxLength={maxLength}
      autosize
      minRows={2}
      onChange={(event) => change(event.currentTarget.value)}
    />
  )
}
