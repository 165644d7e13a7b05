/** How long a time is kept still: seen by the second, said aloud only now and then. */
import { Text, VisuallyHidden } from '@mantine/core'
import { useEffect, useEffectEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import css from './book.module.css'

interface CountdownProps {
  /** What is said before it, where it is seen; what is heard says all by itself. */
  lead: string
  until: string
  onOver: () => void
}

const SAID = [10, 5, 2, 1]

export function Countdown({ lead, until, onOver }: CountdownProps) {
  const { t } = useTranslation('book')
  const [left, setLeft] = useState(() => secondsTo(until))
  const over = useEffectEvent(onOver)
  useEffect(() => {
    const tick = () => {
      const seconds = secondsTo(until)
      setLeft(seconds)
      if (seconds <= 0) over()
    }
    tick()
    const timer = setInterval(tick, 1000)
    return () => clearInterval(timer)
  }, [until])
  const minutes = Math.ceil(left / 60)
  const said = SAID.findLast((each) => minutes <= each) ?? minutes
  return (
    <>
      <span aria-hidden>
        {lead}{' '}
        <Text span fw={650} className={css.clock}>
          {`${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')} min`}
        </Text>
      </span>
      <VisuallyHidden aria-live="polite">{t('hold.left', { count: said })}</VisuallyHidden>
    </>
  )
}

function secondsTo(until: string): number {
  return Math.max(0, Math.ceil((Date.parse(until) - Date.now()) / 1000))
}
