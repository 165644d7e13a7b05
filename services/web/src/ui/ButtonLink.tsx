/** A button that leads to another screen: a link for whoever opens it in a new tab, or has it read out. */
import { Button, type ButtonProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, Ref } from 'react'

type Props = ButtonProps &
  Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps> & { ref?: Ref<HTMLAnchorElement> }

export const ButtonLink = createLink((props: Props) => <Button component="a" {...props} />)
