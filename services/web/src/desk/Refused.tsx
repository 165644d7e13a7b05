/** A form's answer was no: why, and what one can do. */
import { Problem } from '@ambulo/client'
import { Alert } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useDeskWords } from './write'

export function Refused({ error }: { error: unknown }) {
  const words = useDeskWords()
  const { i18n } = useTranslation('desk')
  if (!error) return null
  const { title, detail } = words(error)
  // The server's own words are English: they are better than none.
  const isKnown = error instanceof Problem && i18n.exists(`problems.${error.reason}`, { ns: 'desk' })
  const more = error instanceof Problem && !isKnown ? error.violations.map((each) => each.detail) : []
  return (
    <Alert color="red" title={title} role="alert" className="refused">
      {[detail, ...more].join(' ')}
    </Alert>
  )
}
