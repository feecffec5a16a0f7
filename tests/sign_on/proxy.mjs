// Signing on through a reverse proxy that says who somebody is: Debian's nginx, with the sample configuration that is shipped.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { Browser, freePort, newFolder, serve } from './office.mjs';

const office = newFolder();
const socket = join(office.folder, 'identity.sock');
const root = process.getuid() === 0;
const proxyUser = root ? 'www-data' : String(process.getuid());
let server, nginx, at;

before(async () => {
  office.run('user', 'add', 'suzuki', '--role', 'staff', '--no-password');
  office.run('user', 'add', 'sato', '--role', 'staff', '--no-password');
  chmodSync(office.folder, 0o755);
  const port = await freePort();
  at = `https://localhost:${port}`;
  server = await serve(office.data, '--behind-tls', '--host', 'localhost', '--proxy-socket', socket, '--proxy-user', proxyUser);

  const file = (name) => join(office.folder, name);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', file('key.pem'), '-out', file('certificate.pem')], { stdio: 'ignore' });
  const users = ['suzuki', 'sato', 'stranger'].map((name) => `${name}:${execFileSync('openssl', ['passwd', '-5', 'proxy'], { encoding: 'utf8' }).trim()}`);
  writeFileSync(file('users'), users.join('\n') + '\n');
  const words = { LISTEN: port, HOST: 'localhost', CERTIFICATE: file('certificate.pem'), KEY: file('key.pem'), USERS: file('users'), SOCKET: socket };
  const site = readFileSync(join(process.env.RIREKI_SOURCE, 'samples/proxy/nginx.conf'), 'utf8').replace(/@([A-Z]+)@/g, (_, word) => words[word]).replace(`listen ${port}`, `listen 127.0.0.1:${port}`);
  mkdirSync(file('tmp'));
  if (root) chmodSync(file('tmp'), 0o777);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((one) => `${one}_temp_path ${file('tmp')}/${one};`).join(' ');
  writeFileSync(file('nginx.conf'), `${root ? 'user www-data;' : ''} worker_processes 1; daemon off; pid ${file('nginx.pid')}; error_log ${file('error.log')}; events {} http { access_log off; ${temporary}\n${site}\n}`);
  nginx = spawn('/usr/sbin/nginx', ['-c', file('nginx.conf'), '-e', file('error.log')], { stdio: 'inherit' });
  for (let tries = 0; tries < 200; ++tries) {
    const up = await new Promise((resolve) => net.connect(port, '127.0.0.1').on('connect', function () { this.destroy(); resolve(true); }).on('error', () => resolve(false)));
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('nginx does not listen: ' + readFileSync(file('error.log'), 'utf8'));
});
after(async () => {
  if (nginx) await new Promise((resolve) => (nginx.on('exit', resolve), nginx.kill('SIGTERM')));
  await server?.stop();
  office.remove();
});

const browserOf = () => new Browser({ ca: readFileSync(join(office.folder, 'certificate.pem')) });
const as = (name) => ({ authorization: 'Basic ' + Buffer.from(`${name}:proxy`).toString('base64') });
const signIn = (browser, name, headers = {}) => browser.post(`${at}/api/session/proxy`, { json: {}, headers: { ...as(name), ...headers } });
const who = (browser, name, headers = {}) => browser.get(`${at}/api/session`, { headers: { ...as(name), ...headers } });
const onThePort = (headers) => new Promise((resolve, reject) => http.request(server.url + '/api/session', { headers: { host: 'localhost', ...headers } }, (response) => {
  let text = '';
  response.on('data', (piece) => (text += piece)).on('end', () => resolve({ status: response.statusCode, json: () => JSON.parse(text) }));
}).on('error', reject).end());
const kind = (answer) => answer.json().type.replace('/problems/', '');

test('whom the proxy names is signed in, with a session of ours', async () => {
  const browser = browserOf();
  assert.equal((await new Browser({ ca: readFileSync(join(office.folder, 'certificate.pem')) }).get(`${at}/api/session`)).status, 401, 'the proxy asks first');
  assert.equal((await who(browser, 'suzuki')).status, 401, 'named, but not signed in yet');
  assert.deepEqual((await browser.get(`${at}/api/sign-in-ways`, { headers: as('suzuki') })).json(), { password: false, oidc: false, proxy: true });
  assert.equal((await signIn(browser, 'suzuki')).status, 204);
  const answer = await who(browser, 'suzuki');
  assert.equal(answer.json().account.login, 'suzuki');
  assert.equal(answer.json().method, 'proxy');
  assert.match(answer.headers['strict-transport-security'], /max-age=31536000/);
  assert.ok([...browser.jar.get('localhost').keys()].includes('__Host-rireki'));
});

test('a session ends when the proxy names somebody else', async () => {
  const browser = browserOf();
  await signIn(browser, 'suzuki');
  assert.equal((await who(browser, 'sato')).status, 401);
  assert.equal((await who(browser, 'suzuki')).status, 401, 'it is over');
});

test('somebody without an account gets nothing', async () => {
  const answer = await signIn(browserOf(), 'stranger');
  assert.equal(answer.status, 401);
  assert.equal(kind(answer), 'sign-on-failed');
});

test('what a browser sends as who it is does not get past the proxy', async () => {
  for (const name of ['X-Remote-User', 'x-remote-user', 'Remote-User', 'X-Forwarded-User', 'X-Auth-Request-User', 'Client-Cert', 'X_Remote_User']) {
    const browser = browserOf();
    assert.equal((await signIn(browser, 'suzuki', { [name]: 'sato' })).status, 204, name);
    assert.equal((await who(browser, 'suzuki', { [name]: 'sato' })).json().account.login, 'suzuki', name);
  }
});

test('past the proxy, on the port, such a header is refused and a session of the proxy’s counts for nothing', async () => {
  for (const name of ['X-Remote-User', 'Remote-User', 'X-Forwarded-User', 'Client-Cert']) {
    const answer = await onThePort({ [name]: 'suzuki' });
    assert.equal(answer.status, 400, name);
    assert.equal(kind(answer), 'identity-header', name);
  }
  assert.match(server.log(), /identity header/);
  const browser = browserOf();
  await signIn(browser, 'suzuki');
  const cookie = [...browser.jar.get('localhost')].map(([name, value]) => `${name}=${value}`).join('; ');
  assert.equal((await onThePort({ cookie })).status, 401);
});

test('by its own socket a request names somebody exactly once, and plainly', () => {
  const ids = root ? { uid: Number(execFileSync('id', ['-u', proxyUser])), gid: Number(execFileSync('id', ['-g', proxyUser])) } : {};
  const send = (...users) => execFileSync('curl', ['-s', '-o', '/dev/null', '-w', '%{http_code}', '--unix-socket', socket, ...users.flatMap((one) => ['-H', `X-Remote-User: ${one}`]), 'http://localhost/api/sign-in-ways'], { ...ids, encoding: 'utf8' });
  assert.equal(send('suzuki'), '200');
  for (const users of [[], ['suzuki', 'sato'], ['suzuki sato'], ['a'.repeat(257)]]) assert.equal(send(...users), '400', users.join());
});

test('another user of the machine cannot use the socket', async () => {
  if (!root) return; // there is no other user to be
  const answer = await new Promise((resolve) => http.request({ socketPath: socket, path: '/api/sign-in-ways', headers: { host: 'localhost', 'x-remote-user': 'suzuki' } }, (response) => resolve(response.statusCode)).on('error', (error) => resolve(error.code)).end());
  assert.match(String(answer), /^(ECONNRESET|EPIPE)$/, 'hung up on');
});
