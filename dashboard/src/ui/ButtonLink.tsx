import { createLink } from '@tanstack/react-router';
import { Button } from 'antd';

/** A link that looks like a button: it leads somewhere, so it can be opened in a new tab. */
export const ButtonLink = createLink(Button);
