/** A block: what it is, and how it is taken away. */
import { answer } from '@ambulo/client'
import { Button, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { api } from '../../app/api'
import { useCatalog } from '../../app/catalog'
import { LocalTime } from '../../ui'
import type { Where } from '../agenda/where'
import { useAgenda, useClinicId, useRooms } from '../data'
import { Refused } from '../Refused'
import { Side } from '../Side'
import { type Keyed, useWrite } from '../write'

export function BlockPanel({ blockId, where, close }: { blockId: string; where: Where; close: () => void }) {
  const { t } = useTranslation('desk')
  const clinicId = useClinicId()
  const { specialist } = useCatalog()
  const rooms = useRooms()
  const agenda = useAgenda(where.from, where.until, where.location?.id ?? '').data
  const block = agenda?.blocks.find(({ id }) => id === blockId)
  const remove = useWrite((wish: { blockId: string }, keyed: Keyed) =>
    answer(
      api.DELETE('/v1/clinics/{clinicId}/blocks/{blockId}', { params: { path: { clinicId, ...wish }, header: keyed } }),
    ),
  )
  const whose = specialist(block?.providerId ?? null)?.name ?? rooms.find(({ id }) => id === block?.roomId)?.name
  return (
    <Side title={t('agenda.blocked')} close={close}>
      {block ? (
        <Stack>
          <Title order={2} size="h3">
            {block.reason || t('agenda.blocked')}
          </Title>
          <Text>{whose}</Text>
          {block.startUTC && <LocalTime at={block.startUTC} until={block.endUTC ?? undefined} zone={where.zone} />}
          <Refused error={remove.error} />
          <Button
            color="red"
            variant="light"
            loading={remove.isPending}
            onClick={() => remove.mutate({ blockId }, { onSuccess: close })}
          >
            {t('block.remove')}
          </Button>
        </Stack>
      ) : (
        <Text>{t('block.gone')}</Text>
      )}
    </Side>
  )
}
