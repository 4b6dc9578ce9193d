/** News over a real stream: read in pieces, followed past its end, asked for with a fresh token. */
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { isAbout } from '@/query/live';

import { LOST, followLive } from './live';
import type { News } from './live';

let url: string;
let close: () => void;
let streams: ServerResponse[];
let tokens: (string | undefined)[];
let refused: string | null;

beforeEach(async () => {
  streams = [];
  tokens = [];
  refused = null;
  const server = createServer((request, response) => {
    tokens.push(request.headers.authorization);
    if (request.headers.authorization === refused) {
      response.writeHead(401).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Access-Control-Allow-Origin': '*' });
    response.write('retry: 2000\n\n');
    streams.push(response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/live`;
  close = () => {
    server.closeAllConnections();
    server.close();
  };
});

afterEach(() => {
  close();
});

function follow() {
  const news: News[] = [];
  const connected: boolean[] = [];
  const stop = followLive({
    url,
    tokens: {
      current: () => Promise.resolve('old'),
      renewed: () => Promise.resolve('new'),
    },
    onNews: (one) => news.push(one),
    onConnected: (is) => connected.push(is),
  });
  return { news, connected, stop };
}

it('puts together what arrives in pieces, and passes over what is no news', async () => {
  const { news, stop } = follow();
  await vi.waitFor(() => {
    expect(streams).toHaveLength(1);
  });
  streams[0]?.write(': still here\n\ndata: {"type":"member.');
  streams[0]?.write('added","tenant_id":"t","at":"now"}\n\ndata: not json\n\n');
  await vi.waitFor(() => {
    expect(news).toEqual([{ type: 'member.added', tenant_id: 't', at: 'now' }]);
  });
  stop();
});

it('comes back when a stream ends, and says that news may have been missed', async () => {
  const { news, connected, stop } = follow();
  await vi.waitFor(() => {
    expect(streams).toHaveLength(1);
  });
  expect(news).toEqual([]);
  streams[0]?.end();
  await vi.waitFor(
    () => {
      expect(streams).toHaveLength(2);
      expect(news.map(({ type }) => type)).toEqual([LOST]);
    },
    { timeout: 3000 },
  );
  expect(connected).toEqual([true, false, true]);
  stop();
});

it('asks again with a fresh token', async () => {
  refused = 'Bearer old';
  const { stop } = follow();
  await vi.waitFor(() => {
    expect(streams).toHaveLength(1);
  });
  expect(tokens).toEqual(['Bearer old', 'Bearer new']);
  stop();
});

it('knows which news a query waits for', () => {
  expect(isAbout(['member.*'], 'member.added')).toBe(true);
  expect(isAbout(['member.added'], 'member.removed')).toBe(false);
  expect(isAbout([], LOST)).toBe(true);
});
