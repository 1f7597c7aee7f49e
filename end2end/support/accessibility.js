// The accessibility check: axe with the rules of WCAG 2.2, levels A and AA.
import { createRequire } from 'node:module';

const { source } = createRequire(import.meta.url)('axe-core');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];

/** What axe finds wrong on the page as it stands, one line for each element. */
export async function violations(page) {
  // As a script of the test, not of the page: the page's content security policy does not apply to it.
  await page.evaluate(source);
  const result = await page.evaluate((values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values } }), RULES);
  return result.violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`));
}
