/** One of several things to choose from, which leads on. */
import { Group, Text } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, Ref } from 'react'
import css from './book.module.css'

type Props = AnchorHTMLAttributes<HTMLAnchorElement> & { ref?: Ref<HTMLAnchorElement> }

export const ChoiceLink = createLink(({ children, ...props }: Props) => (
  <a {...props} className={css.choice}>
    <Group justify="space-between" wrap="nowrap" w="100%">
      {children}
      <Text span aria-hidden size="xl" c="dimmed">
        ›
      </Text>
    </Group>
  </a>
))
