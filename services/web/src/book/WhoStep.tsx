/** Where, and with whom: whoever is free first, or somebody in particular. */
import type { Service } from '@ambulo/client'
import { Avatar, Button, Group, Radio, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { type FormEvent, type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Empty } from '../ui'
import { plainName } from '../ui/names'
import { addressOf } from './address'
import css from './book.module.css'
import { clinicPage, locationsOf, specialistsOf } from './offers'
import { StepFrame } from './StepFrame'

export function WhoStep({ service }: { service: Service }) {
  const { t } = useTranslation('book')
  const { clinicId } = useParams({ from: '/c/$clinicId' })
  const search = useSearch({ from: '/c/$clinicId/book' })
  const go = useNavigate({ from: '/c/$clinicId/book' })
  const page = useQuery(clinicPage(clinicId)).data
  const places = page ? locationsOf(page, service) : []
  const [placeId, setPlaceId] = useState(search.location ?? places[0]?.id ?? '')
  const specialists = page ? specialistsOf(page, service, placeId) : []
  const [chosenId, setChosenId] = useState(search.provider ?? '')
  // Who does not work at another location is not wanted there.
  const specialistId = specialists.some(({ id }) => id === chosenId) ? chosenId : ''
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const { day, gone, at, by, calendar, ...kept } = search
    const wanted = specialistId ? { provider: specialistId } : {}
    const { provider, ...rest } = kept
    void go({ search: { ...rest, ...wanted, step: 'time', service: service.id, location: placeId } })
  }
  return (
    <StepFrame step="who" title={t('who.title')} back={{ ...search, step: 'service' }}>
      <form onSubmit={submit}>
        <Stack gap="xl">
          {places.length > 1 && (
            <Radio.Group label={t('who.where')} value={placeId} onChange={setPlaceId}>
              <Stack gap="sm" mt="xs">
                {places.map((place) => (
                  <Card key={place.id} value={place.id} title={place.name} detail={addressOf(place)} />
                ))}
              </Stack>
            </Radio.Group>
          )}
          {specialists.length === 0 ? (
            <Empty title={t('who.nobody.title')}>{t('who.nobody.detail')}</Empty>
          ) : (
            <Radio.Group label={t('who.with')} value={specialistId || 'any'} onChange={(id) => setChosenId(id)}>
              <Stack gap="sm" mt="xs">
                <Card
                  value="any"
                  title={t('who.any')}
                  detail={t('who.anyDetail')}
                  picture={<Avatar alt="">★</Avatar>}
                />
                {specialists.map(({ id, name, specialty }) => (
                  <Card
                    key={id}
                    value={id}
                    title={name}
                    detail={specialty}
                    picture={<Avatar name={plainName(name)} alt="" />}
                  />
                ))}
              </Stack>
            </Radio.Group>
          )}
          <div className={css.onward}>
            <Button type="submit" size="lg" className={css.next} disabled={specialists.length === 0}>
              {t('step.next')}
            </Button>
          </div>
        </Stack>
      </form>
    </StepFrame>
  )
}

interface CardProps {
  value: string
  title: string
  detail: string
  picture?: ReactNode
}

function Card({ value, title, detail, picture }: CardProps) {
  return (
    <Radio.Card value={value} className={css.choice} aria-label={[title, detail].filter(Boolean).join(', ')}>
      <Group wrap="nowrap" w="100%">
        <Radio.Indicator />
        {picture}
        <div>
          <Text fw={600}>{title}</Text>
          {detail && (
            <Text size="sm" c="dimmed">
              {detail}
            </Text>
          )}
        </div>
      </Group>
    </Radio.Card>
  )
}
