// The fake of Stripe (end2end/stripe/fake.py), as a story uses it.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './server.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = path.resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');
const scripts = path.join(root, 'end2end/stripe');
/** Python with Stripe's SDK: `make` puts it there. */
export const python = process.env.FAIRLEAD_STRIPE_PYTHON ?? path.join(target, 'tools/stripe/bin/python');

export const SECRET = 'whsec_end2end';

/** A script of end2end/stripe that runs in Python with the SDK. */
export function script(name, ...words) {
  return spawn(python, [path.join(scripts, name), ...words.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] });
}

export class FakeStripe {
  /** Starts it; its webhooks go to the instance at `url`. */
  static async start(url) {
    const fake = new FakeStripe();
    const port = await freePort();
    fake.url = `http://127.0.0.1:${port}`;
    fake.process = script('fake.py', port, `${url}/webhooks/stripe`, SECRET);
    fake.exit = new Promise((resolve) => fake.process.on('close', resolve));
    await new Promise((resolve, reject) => {
      fake.process.stdout.once('data', resolve);
      fake.process.once('error', reject);
      fake.process.once('exit', (code) => reject(new Error(`The fake of Stripe ended with ${code}`)));
    });
    return fake;
  }

  /** What makes an instance take payments through the fake. */
  static settings(fake) {
    return {
      FAIRLEAD_STRIPE_SECRET_KEY: 'sk_test_end2end',
      FAIRLEAD_STRIPE_WEBHOOK_SECRETS: `whsec_before,${SECRET}`,
      FAIRLEAD_STRIPE_URL: fake.url,
    };
  }

  async tell(what, words = {}) {
    const answer = await fetch(`${this.url}/_fake/${what}`, { method: 'POST', body: JSON.stringify(words) });
    if (answer.status !== 200) throw new Error(`${what}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async state() {
    return (await fetch(`${this.url}/_fake`)).json();
  }

  /** The Checkout session of an order. */
  async session(order) {
    const { objects } = await this.state();
    return objects.find((object) => object.object === 'checkout.session' && object.client_reference_id === order);
  }

  async stop() {
    this.process.removeAllListeners('exit');
    this.process.kill('SIGTERM');
    await this.exit;
  }
}
