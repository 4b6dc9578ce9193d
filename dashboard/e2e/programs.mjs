/** Programs that journeys run beside the platform. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Starts one that says in its first line that it is ready, and where. `stop()` ends it. */
export async function startProgram(python, args) {
  const child = spawn(python, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [first] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${args.join(' ')} ended with ${code}: is --python right?`);
    }),
  ]);
  return { first, lines, stop: () => child.kill('SIGTERM') };
}

/** Starts a simulator; `control(method, path, body)` calls its `/_simulator`. */
export async function startSimulator(python, module, given) {
  const token = `journey-${Math.random().toString(36).slice(2)}`;
  const { first, stop } = await startProgram(python, ['-m', module, '--control-token', token, ...given]);
  const url = first.split(' ')[0];
  return {
    url,
    stop,
    control: async (method, path, body) => {
      const response = await fetch(`${url}/_simulator${path}`, {
        method,
        headers: { 'X-Simulator-Token': token, 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      assert.ok(response.ok, await response.text());
    },
  };
}
