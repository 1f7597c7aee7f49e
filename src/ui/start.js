((js, wasm) => {
  const walk = async (node, browser) => {
    if (node.tagName === "LEPTOS-ISLAND") {
      const island = browser[node.dataset.component];
      if (island) await island(node);
    }
    for (const child of node.children) await walk(child, browser);
  };
  // Until the page is alive, nobody else follows Back and Forward between the addresses of one form.
  const { search } = location;
  addEventListener("popstate", () => {
    const alive = "hydrated" in document.documentElement.dataset;
    if (!alive && location.search !== search) location.reload();
  });
  // A link into something folded unfolds it; not every browser does that.
  const unfold = () => {
    const folded = document.getElementById(location.hash.slice(1))?.closest("details:not([open])");
    if (folded) folded.open = true;
  };
  addEventListener("hashchange", unfold);
  unfold();
  // Not before the page is painted with its font: both files would take their share from it. Nothing is waited for longer than a
  // second: a tab in the background is never painted, and some fonts never come.
  const atMost = (promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, 1000))]);
  const painted = () => atMost(new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
  painted().then(() => atMost(document.fonts.ready)).then(painted).then(async () => {
    const program = fetch(wasm);
    program.catch(() => {}); // Told where it is waited for.
    const browser = await import(js);
    await browser.default({ module_or_path: program });
    browser.hydrate();
    await walk(document.body, browser);
    setTimeout(() => {
      // A time zone that was neither saved nor typed: the browser's own. Not before the page is laid out.
      const zone = document.querySelector("[data-browser-zone] input");
      const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
      if (zone && own && zone.value === zone.defaultValue) zone.value = own;
      document.documentElement.dataset.hydrated = "";
    });
  });
})
