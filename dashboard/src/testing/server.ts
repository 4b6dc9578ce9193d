/** A small HTTP server that answers as a test says and remembers what it was asked. */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  body: unknown;
}

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** Sent as JSON; `text` is sent as it is. */
  body?: unknown;
  text?: string;
}

type Handler = (request: Received) => Answer | Promise<Answer>;

export interface Server {
  url: string;
  requests: Received[];
  on: (method: string, path: string, handler: Handler) => void;
  close: () => Promise<void>;
}

export async function startServer(): Promise<Server> {
  const handlers = new Map<string, Handler>();
  const requests: Received[] = [];

  async function handle(request: IncomingMessage): Promise<Answer> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server');
    const text = await bodyOf(request);
    const received: Received = {
      method: request.method ?? 'GET',
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
    requests.push(received);
    const handler = handlers.get(`${received.method} ${pathname}`);
    return handler === undefined ? { status: 404, text: 'not found' } : handler(received);
  }

  const server = createServer((request, response) => {
    void handle(request).then(({ status = 200, headers = {}, body, text }) => {
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
      response.end(text ?? JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    on(method, path, handler) {
      handlers.set(`${method} ${path}`, handler);
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) {
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces).toString('utf8');
}
