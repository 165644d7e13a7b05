/** A clinic's public page: what it offers, who is there, and where; from everywhere one can book. */
import type { Location, ClinicPage as Page_ } from '@ambulo/client'
import { Avatar, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { publicClinic } from '../app/clinic'
import { Asked, ButtonLink, Empty, Page } from '../ui'
import { plainName } from '../ui/names'
import { differs, format, zoneName } from '../ui/times'
import { addressOf } from './address'
import css from './book.module.css'
import { ChoiceLink } from './ChoiceLink'
import { clinicPage, publicCalendars, textOf } from './offers'
import { ServiceFacts } from './ServiceFacts'

export function ClinicPage() {
  const { t } = useTranslation('book')
  const { clinicId } = useParams({ from: '/c/$clinicId' })
  const clinic = useQuery(publicClinic(clinicId)).data
  const page = useQuery(clinicPage(clinicId))
  return (
    <Page
      title={clinic?.name || t('clinic.title')}
      actions={
        <ButtonLink to="/c/$clinicId/book" params={{ clinicId }} size="lg">
          {t('clinic.book')}
        </ButtonLink>
      }
    >
      <Asked
        query={page}
        isEmpty={(found) => found.services.length === 0}
        empty={<Empty title={t('clinic.empty.title')}>{t('clinic.empty.detail')}</Empty>}
      >
        {(found) => <Offers clinicId={clinicId} page={found} />}
      </Asked>
    </Page>
  )
}

function Offers({ clinicId, page }: { clinicId: string; page: Page_ }) {
  const { t } = useTranslation('book')
  return (
    <Stack gap="xl">
      <Section id="services" title={t('clinic.services')}>
        <Stack component="ul" gap="sm" className={css.list}>
          {page.services.map((service) => (
            <li key={service.id}>
              <ChoiceLink to="/c/$clinicId/book" params={{ clinicId }} search={{ step: 'who', service: service.id }}>
                <ServiceFacts service={service} />
              </ChoiceLink>
            </li>
          ))}
        </Stack>
      </Section>
      <Calendars clinicId={clinicId} page={page} />
      <Section id="people" title={t('clinic.people')}>
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
          {page.providers.map(({ id, name, specialty }) => (
            <Group key={id} wrap="nowrap" gap="sm">
              <Avatar name={plainName(name)} size={44} alt="" />
              <div>
                <Text fw={600}>{name}</Text>
                <Text size="sm" c="dimmed">
                  {specialty}
                </Text>
              </div>
            </Group>
          ))}
        </SimpleGrid>
      </Section>
      <Section id="places" title={t('clinic.locations')}>
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          {page.locations.map((location) => (
            <Place key={location.id} location={location} />
          ))}
        </SimpleGrid>
      </Section>
    </Stack>
  )
}

/** Pages of the clinic's own: evenings only, two people together ... */
function Calendars({ clinicId, page }: { clinicId: string; page: Page_ }) {
  const { t, i18n } = useTranslation('book')
  const calendars = useQuery(publicCalendars(clinicId)).data?.calendars ?? []
  if (calendars.length === 0) return null
  const about = (serviceId: string | null, locationId: string | null) => {
    const service = page.services.find(({ id }) => id === serviceId)
    const place = page.locations.find(({ id }) => id === locationId)
    return [service && textOf(service, i18n.language).name, place?.name].filter(Boolean).join(' · ')
  }
  return (
    <Section id="calendars" title={t('clinic.calendars')}>
      <Stack component="ul" gap="sm" className={css.list}>
        {calendars.map(({ id, name, serviceId, locationId }) => (
          <li key={id}>
            <ChoiceLink to="/c/$clinicId/book" params={{ clinicId }} search={{ calendar: id }}>
              <div>
                <Text fw={600}>{name}</Text>
                <Text size="sm" c="dimmed">
                  {about(serviceId, locationId)}
                </Text>
              </div>
            </ChoiceLink>
          </li>
        ))}
      </Stack>
    </Section>
  )
}

function Section({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <Stack component="section" gap="sm" aria-labelledby={id}>
      <Title order={2} size="h3" id={id}>
        {title}
      </Title>
      {children}
    </Stack>
  )
}

function Place({ location }: { location: Location }) {
  const { t } = useTranslation('book')
  const now = new Date()
  const zone = location.timeZone
  return (
    <Card withBorder padding="md">
      <Text fw={600}>{location.name}</Text>
      <Text size="sm">{addressOf(location)}</Text>
      {differs(now, zone) && (
        <Text size="sm" c="dimmed">
          {t('clinic.time', { time: `${format(now, zone, 'time')} (${zoneName(now, zone)})` })}
        </Text>
      )}
    </Card>
  )
}
