/** A real mail server beside the platform, on a free port, and what came to it. */
import { fileURLToPath } from 'node:url';

import { until } from './api.mjs';
import { startProgram } from './programs.mjs';

const PROGRAM = fileURLToPath(new URL('mail_server.py', import.meta.url));

/** `arrived(address)` is the first mail to an address, once it is there; `stop()` ends the server. */
export async function startMailServer(python) {
  const { first, lines, stop } = await startProgram(python, [PROGRAM]);
  const taken = [];
  lines.on('line', (line) => taken.push(JSON.parse(line)));
  return {
    port: Number(first),
    stop,
    arrived: (address) => until(() => taken.find(({ to }) => to.includes(address)), `a mail to ${address}`),
  };
}
