// What a recorder in Node does today: split, JSON.stringify, and appends of
// what a tenth of a second gathered. `peer.mjs PORT FILE`; prints how many it
// recorded. `ws` comes from the folder NODE_MODULES.

import { createRequire } from 'node:module';
import { appendFile } from 'node:fs/promises';

const require = createRequire(`${process.env.NODE_MODULES}/`);
const WebSocket = require('ws');

const [port, path] = process.argv.slice(2);
const BATCH_MS = 100;
const BATCH_LINES = 1000;

const number = (text) => (text === '' ? null : Number(text));

function tick(values) {
  return {
    timestamp: new Date().toISOString(),
    symbol: values[0],
    execution_time: values[1],
    price: {
      current: number(values[2]),
      open: number(values[7]),
      high: number(values[8]),
      low: number(values[9]),
      change_rate: number(values[5]),
    },
    volume: {
      tick: number(values[12]),
      accumulated: number(values[13]),
      trade_value: number(values[14]),
    },
    bid_ask: { ask_price: number(values[10]), bid_price: number(values[11]) },
    source: 'websocket',
    session_id: 'peer',
  };
}

let count = 0;
let lines = [];
let timer = null;
let writing = Promise.resolve();

function flush() {
  clearTimeout(timer);
  timer = null;
  if (lines.length === 0) return;
  const text = `${lines.join('\n')}\n`;
  lines = [];
  writing = writing.then(() => appendFile(path, text));
}

const socket = new WebSocket(`ws://127.0.0.1:${port}/`, {
  perMessageDeflate: false,
});
socket.on('message', (data) => {
  const [, , records, payload] = data.toString().split('|');
  const values = payload.split('^');
  const width = values.length / Number(records);
  for (let at = 0; at < values.length; at += width) {
    lines.push(JSON.stringify(tick(values.slice(at, at + width))));
    count += 1;
  }
  if (lines.length >= BATCH_LINES) flush();
  else timer ??= setTimeout(flush, BATCH_MS);
});
socket.on('error', () => {});
socket.on('close', async () => {
  flush();
  await writing;
  console.log(count);
});
