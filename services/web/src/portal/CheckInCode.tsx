/** What a kiosk reads: whoever shows it is there. */
import type { Appointment } from '@ambulo/client'
import { Group, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import css from './portal.module.css'
import { checkInCode } from './visits'

export function CheckInCode({ visit }: { visit: Appointment }) {
  const { t } = useTranslation('portal')
  const found = useQuery(checkInCode(visit.clinicId ?? '', visit.id))
  // Without a code the desk checks in, as ever.
  if (found.isError) return null
  return (
    <Group align="center" gap="lg">
      {found.data ? (
        <img src={pictureOf(found.data.svg)} alt={t('code.picture')} className={css.code} />
      ) : (
        <Skeleton className={css.code} />
      )}
      <Stack gap={4} maw={280}>
        <Text fw={600}>{t('code.title')}</Text>
        <Text size="sm" c="dimmed">
          {t('code.detail')}
        </Text>
      </Stack>
    </Group>
  )
}

/** As a picture, and not as part of the page: nothing in it can act. */
function pictureOf(svg: string): string {
  const whole = svg.includes('xmlns=') ? svg : svg.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"')
  return `data:image/svg+xml,${encodeURIComponent(whole)}`
}
