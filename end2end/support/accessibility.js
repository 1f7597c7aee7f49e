// The accessibility check: axe with the rules of WCAG 2.2, levels A and AA, and what else it holds for good practice.
import { createRequire } from 'node:module';

const { source } = createRequire(import.meta.url)('axe-core');
const RULES = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'] };
/** Those of them that look at colours: all that can differ between a page in light and the same page in dark. */
const COLOUR_RULES = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };

/** What axe finds wrong on the page as it stands, one line for each element. */
export async function violations(page) {
  return found(page, RULES);
}

/** The same of colours alone, on a page that was looked at whole in the other colour scheme. */
export async function violationsOfColours(page) {
  return found(page, COLOUR_RULES);
}

async function found(page, runOnly) {
  // Wide screens show these parts even when their element is closed, and axe skips what is closed.
  await page.evaluate(() => document.querySelectorAll('details.fold').forEach((part) => { part.open = true; }));
  // As a script of the test, not of the page: the page's content security policy does not apply to it.
  if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(source);
  // `resultTypes` names what is told in full; of everything else one element is enough.
  const result = await page.evaluate((rules) => globalThis.axe.run(document, { runOnly: rules, resultTypes: ['violations'] }), runOnly);
  if (result.violations.length + result.passes.length + result.incomplete.length === 0) throw new Error('axe had nothing to look at');
  return result.violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`));
}
