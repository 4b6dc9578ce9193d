/** What every page of the app is below. */
import { Outlet, createRootRouteWithContext } from '@tanstack/react-router';

import type { RouterContext } from './context';

export const root = createRootRouteWithContext<RouterContext>()({ component: Outlet });
