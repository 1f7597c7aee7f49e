// A mail server of the tests' own, on this machine only: keeps what it is given, and refuses when it is told to.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SMTPServer } from 'smtp-server';

export class MailServer {
  /**
   * @param {object} options
   * @param {'starttls' | 'tls' | 'none'} options.security
   * @param {(recipient: string) => Error | undefined} options.refuse called for each recipient
   */
  static async start({ security = 'starttls', refuse = () => undefined } = {}) {
    const mail = new MailServer();
    mail.messages = [];
    mail.attempts = 0;
    mail.refuse = refuse;
    mail.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fairlead-mail-'));
    mail.security = security;
    const { key, cert } = mail.certificate();
    mail.server = new SMTPServer({
      secure: security === 'tls',
      key,
      cert,
      hideSTARTTLS: security === 'none',
      allowInsecureAuth: false,
      authOptional: security === 'none',
      logger: false,
      onAuth: ({ username, password }, _session, done) => {
        const known = username === 'uma@mail.example' && password === 'p/a ss+1';
        done(known ? null : reply(535, 'Wrong user or password'), { user: username });
      },
      onRcptTo: ({ address }, _session, done) => {
        mail.attempts += 1;
        done(mail.refuse(address, mail.attempts));
      },
      onData: (stream, session, done) => {
        const parts = [];
        stream.on('data', (part) => parts.push(part));
        stream.on('end', () => {
          mail.messages.push({
            secure: session.secure,
            user: session.user,
            from: session.envelope.mailFrom.address,
            to: session.envelope.rcptTo.map(({ address }) => address),
            ...parsed(Buffer.concat(parts).toString('utf8')),
          });
          done(null, 'Taken');
        });
      },
    });
    mail.server.on('error', () => {});
    await new Promise((resolve) => mail.server.listen(0, '127.0.0.1', resolve));
    mail.port = mail.server.server.address().port;
    return mail;
  }

  /** What an instance needs to send through this server. */
  get settings() {
    const secret = `${encodeURIComponent('uma@mail.example')}:${encodeURIComponent('p/a ss+1')}@`;
    const url = {
      starttls: `smtp://${secret}localhost:${this.port}`,
      tls: `smtps://${secret}localhost:${this.port}`,
      none: `smtp://127.0.0.1:${this.port}?tls=none`,
    };
    return {
      FAIRLEAD_SMTP_URL: url[this.security],
      FAIRLEAD_MAIL_FROM: 'Fairlead <leads@fairlead.example>',
      SSL_CERT_FILE: path.join(this.folder, 'authority.pem'),
    };
  }

  /** Waits for a message to `recipient` and returns it. */
  async received(recipient, { count = 1, timeoutMs = 60_000 } = {}) {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = this.messages.filter(({ to }) => to.includes(recipient));
      if (found.length >= count) return found[count - 1];
      if (Date.now() > deadline) throw new Error(`No mail to ${recipient} after ${timeoutMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop() {
    await new Promise((resolve) => this.server.close(resolve));
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /** A certificate for localhost by an authority that only this test trusts. */
  certificate() {
    const file = (name) => path.join(this.folder, name);
    const openssl = (...words) => execFileSync('openssl', words, { stdio: 'pipe', cwd: this.folder });
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
    openssl('req', '-x509', ...curve, '-keyout', 'authority.key', '-out', 'authority.pem', '-days', '2', '-subj', '/CN=Test authority');
    openssl('req', ...curve, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
    fs.writeFileSync(file('names'), 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n');
    openssl('x509', '-req', '-in', 'server.csr', '-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial',
      '-out', 'server.pem', '-days', '2', '-extfile', 'names');
    return { key: fs.readFileSync(file('server.key')), cert: fs.readFileSync(file('server.pem')) };
  }
}

/** A refusal with a reply code, e.g. `reply(451, 'Come back later')`. */
export function reply(responseCode, text) {
  return Object.assign(new Error(text), { responseCode });
}

/** Headers by lower-case name, and the text; enough of MIME for what Fairlead sends. */
function parsed(source) {
  const [head, ...rest] = source.split('\r\n\r\n');
  const headers = {};
  for (const line of head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const at = line.indexOf(':');
    headers[line.slice(0, at).toLowerCase()] = line.slice(at + 1).trim();
  }
  return { headers, text: decoded(rest.join('\r\n\r\n'), headers['content-transfer-encoding']) };
}

function decoded(text, encoding) {
  if (encoding === 'base64') return Buffer.from(text, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return text;
  const bytes = text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
