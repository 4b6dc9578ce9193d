/** A platform of a journey's own, for what the shared one can't be: empty, with other settings. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { until } from './api.mjs';

/**
 * `bridgecore up` without demo data, on a free port. `settings` are environment variables; what it
 * says goes to `log`. `stop()` ends it and takes its data away.
 */
export async function startPlatform(python, settings, log) {
  const data = await mkdtemp(join(tmpdir(), 'platform-'));
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const said = openSync(log, 'w');
  const child = spawn(python, ['-m', 'bridgecore.entrypoints.cli', 'up', '--no-demo'], {
    // where no .env of a developer is
    cwd: data,
    env: { ...process.env, ...settings, DATA_DIR: join(data, 'data'), HOST: '127.0.0.1', PORT: String(port) },
    stdio: ['ignore', said, said],
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(data, { recursive: true, force: true });
  };
  const answers = async () => {
    if (child.exitCode !== null) {
      throw new Error(`the platform ended with ${child.exitCode}; see ${log}`);
    }
    return fetch(`${base}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  try {
    await until(answers, `the platform; see ${log}`, 180_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return { base, stop };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
