// An office of our own for a test: a data folder, the server, and a browser's cookies.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const rireki = process.env.RIREKI;

export function newFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'rireki-sign-on-'));
  const data = join(folder, 'data');
  const run = (...args) => execFileSync(rireki, [...args, '--data', data, '--lang', 'en', '--json'], { encoding: 'utf8' });
  run('init');
  const password = (login, ...more) => JSON.parse(run('user', 'add', login, ...more)).password;
  return { folder, data, run, password, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export async function freePort() {
  const probe = net.createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

// Serves until stop(); log(): what it wrote for the operator.
export async function serve(data, ...more) {
  const port_given = more.includes('--port') ? [] : ['--port', '0'];
  const child = spawn(rireki, ['serve', '--data', data, '--json', ...port_given, ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (text) => (log += text));
  const line = await new Promise((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (text) => (out += text).includes('\n') && resolve(out));
    child.on('exit', () => reject(new Error('the server ended: ' + log)));
  });
  const { port } = JSON.parse(line);
  const stop = () => new Promise((resolve) => (child.exitCode === null ? (child.on('exit', resolve), child.kill('SIGTERM')) : resolve()));
  return { port, url: `http://127.0.0.1:${port}`, stop, log: () => log };
}

// One browser: keeps cookies per host, follows nothing by itself.
export class Browser {
  jar = new Map();
  constructor(more = {}) { this.more = more; }
  async ask(method, url, { headers = {}, json, form } = {}) {
    const { protocol, host, hostname } = new URL(url);
    const cookies = [...(this.jar.get(hostname) ?? new Map())].map(([name, value]) => `${name}=${value}`).join('; ');
    const body = json !== undefined ? JSON.stringify(json) : form ? new URLSearchParams(form).toString() : undefined;
    const answer = await new Promise((resolve, reject) => {
      const request = (protocol === 'https:' ? https : http).request(url, {
        method, ...this.more,
        headers: {
          ...(cookies && { cookie: cookies }),
          ...(method !== 'GET' && { 'sec-fetch-site': 'same-origin' }),
          ...(body !== undefined && { 'content-type': json !== undefined ? 'application/json' : 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }),
          ...headers, host,
        },
      }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece) => (text += piece)).on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
      });
      request.on('error', reject).end(body);
    });
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [pair, ...attributes] = line.split(';').map((part) => part.trim());
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      const kept = this.jar.get(hostname) ?? this.jar.set(hostname, new Map()).get(hostname);
      if (!value || attributes.some((one) => /^max-age=0$/i.test(one) || (/^expires=/i.test(one) && new Date(one.slice(8)) < new Date()))) kept.delete(name);
      else kept.set(name, value);
    }
    return { ...answer, json: () => JSON.parse(answer.text), location: answer.headers.location && new URL(answer.headers.location, url).href };
  }
  get(url, more) { return this.ask('GET', url, more); }
  post(url, more) { return this.ask('POST', url, more); }
}
