import { createLink } from '@tanstack/react-router';
import { Button } from 'antd';
import type { ButtonProps } from 'antd';

interface LookProps extends Omit<ButtonProps, 'type'> {
  look?: ButtonProps['type'];
}

/** A link that looks like a button: it leads somewhere, so it can be opened in a new tab. */
export const ButtonLink = createLink(({ look = 'default', ...props }: LookProps) => (
  <Button {...props} type={look} />
));
