/** What the camera sees, until there is a code in it. */
import { Text } from '@mantine/core'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import css from './board.module.css'
import { scan } from './scanning'

export function Camera({ found }: { found: (code: string) => void }) {
  const { t } = useTranslation('desk')
  const video = useRef<HTMLVideoElement>(null)
  const [isRefused, setRefused] = useState(false)
  const onFound = useEffectEvent(found)
  useEffect(() => {
    const leaving = new AbortController()
    const { signal } = leaving
    if (video.current)
      scan(video.current, signal).then(
        (code) => code && !signal.aborted && onFound(code),
        () => signal.aborted || setRefused(true),
      )
    return () => leaving.abort()
  }, [])
  if (isRefused) return <Text role="alert">{t('arrive.noCamera')}</Text>
  return <video ref={video} className={css.camera} muted playsInline aria-label={t('arrive.view')} />
}
