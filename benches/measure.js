// How things are measured: medians, percentiles, load from wrk, sizes as sent, memory of a process.
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';

const run = promisify(execFile);
const paced = fileURLToPath(new URL('paced.lua', import.meta.url));

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export function median(values) {
  return percentile(values, 0.5);
}

/**
 * Requests per second and the 99th percentile in ms of one address, from wrk's own report. With `perSecond` each connection
 * waits between its requests, so that about that many are sent.
 */
export async function load(url, { seconds = 5, connections = 32, headers = {}, perSecond = undefined } = {}) {
  const words = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency'];
  for (const [name, value] of Object.entries(headers)) words.push('-H', `${name}: ${value}`);
  const pace = perSecond ? ['-s', paced, url, '--', String(Math.round(1000 * connections / perSecond))] : [url];
  const { stdout } = await run('wrk', [...words, ...pace]);
  const reached = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]);
  const [, number, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout);
  const wrong = /Non-2xx or 3xx responses: (\d+)/.exec(stdout);
  if (wrong) throw new Error(`${url} answered ${wrong[1]} requests with an error`);
  return { perSecond: reached, p99: Number(number) * { us: 0.001, ms: 1, s: 1000 }[unit] };
}

/** The bare axum server beside which pages are measured. */
export async function startHello() {
  const target = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('../target', import.meta.url));
  const server = spawn(path.join(target, 'release/bare-axum'), { stdio: ['ignore', 'pipe', 'inherit'] });
  const address = await new Promise((resolve, reject) => {
    server.stdout.once('data', (text) => resolve(String(text).trim()));
    server.once('error', reject);
  });
  return { url: `http://${address}/`, stop: () => server.kill() };
}

/** An answer with its body as sent over the wire. */
export function fetchRaw(url, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { headers: { 'accept-encoding': 'br', ...headers } }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }));
      answer.on('error', reject);
    });
    request.on('error', reject);
  });
}

/** Resident memory of a process in MB (10⁶ bytes). */
export function residentMb(pid) {
  const line = /VmRSS:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line[1]) * 1024 / 1e6;
}
