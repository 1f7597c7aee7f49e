// A copy from before an opt-out is put back: the opt-out is taken over from the journal, and sending waits until the operator has seen it.
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from '../support/fixtures.js';
import { carry, customer } from '../support/customer.js';
import { Instance } from '../support/server.js';

const LIST = '/settings/suppression';

test('what people asked for after a copy was made is not forgotten with the database', async ({ page, context, settled }) => {
  const instance = await Instance.create('sqlite');
  try {
    await instance.start();
    const { client, email } = await customer(instance);
    await instance.must('admin', email);
    await carry(client, context);
    const copy = path.join(instance.folder, 'copy.db');
    await instance.must('backup', copy);
    expect((await client.post(LIST, { people: 'uma@acme.example' })).status).toBe(303);
    const journal = path.join(instance.environment.FAIRLEAD_DATA, 'opt-outs.journal');
    await expect.poll(() => fs.readFileSync(journal, 'utf8')).toContain('"reason":"person"');
    expect(fs.readFileSync(journal, 'utf8')).not.toContain('uma@');
    expect((await instance.command('restore', copy)).stderr).toContain('Stop the server first');
    await instance.stop();

    expect(await instance.must('restore', copy)).toContain('Taken over: 1 entry of a suppression list added');
    await instance.start();
    await page.goto(`${instance.url}/admin/sending`);
    await settled();
    const stop = page.locator('#sending-stop');
    await expect(stop).toContainText('The database was put back to an earlier day.');
    await expect(stop).toContainText('may leave a second time');
    await page.goto(`${instance.url}${LIST}?q=uma%40acme.example`);
    await settled();
    await expect(page.locator('#suppressed tbody tr')).toHaveCount(1);
    await expect(page.locator('#suppressed')).toContainText('••••');
    await page.goto(`${instance.url}/admin/sending`);
    await settled();
    await page.getByRole('button', { name: 'Let sending continue' }).click();
    await settled();
    await expect(page.getByRole('button', { name: 'Stop all sending' })).toBeVisible();

    // Without the journal, a database that was written down before cannot know.
    // An open page would ask the server that is stopped for news.
    await page.goto('about:blank');
    await instance.stop();
    fs.rmSync(journal);
    const beats = new Date(Date.now() + 3 * 60_000).toISOString();
    fs.writeFileSync(path.join(instance.folder, 'clock'), beats);
    instance.environment.FAIRLEAD_CLOCK_FILE = path.join(instance.folder, 'clock');
    await instance.start();
    await page.goto(`${instance.url}/admin/sending`);
    await settled();
    await expect(stop).toContainText('no journal says who opted out since then');
    await expect(stop).toContainText('fairlead restore --journal');
    await page.goto('about:blank');
  } finally {
    await instance.remove();
  }
});
