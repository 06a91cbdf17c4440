// What a test looks at in a page; evaluated there, so that the content security policy of the city stands.
window.look = {
  /** Buttons, fields and links outside running text that a finger would miss: smaller than 24 by 24. */
  small() {
    const all = "button, input:not([type=hidden]), select, nav a, a.button, summary";
    return [...document.querySelectorAll(all)]
      .filter((one) => one.checkVisibility({ visibilityProperty: true }))
      .filter((one) => !one.closest(".sr-only, .maplibregl-map"))
      .map((one) => [one, (one.closest("label") ?? one).getBoundingClientRect()])
      .filter(([, box]) => box.width && (box.width < 24 || box.height < 24))
      .map(([one, box]) => `${one.outerHTML.slice(0, 120)} ${box.width} by ${box.height}`);
  },
  /** What the page says: its texts, and what it tells a screen reader; but not what is meant to be English. */
  said() {
    const said = [document.title];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode())
      if (!walk.currentNode.parentElement.closest("script, [lang=en]")) said.push(walk.currentNode.data.trim());
    for (const name of ["aria-label", "title", "placeholder", "alt"])
      for (const one of document.querySelectorAll(`[${name}]:not([lang=en])`)) said.push(one.getAttribute(name));
    return said.filter(Boolean);
  },
  /** Where the page leads to within the city. */
  links() {
    return [...document.querySelectorAll("a[href]")]
      .filter((a) => a.origin === location.origin && !a.hasAttribute("download"))
      .map((a) => a.pathname + a.search);
  },
  /** By how many pixels the page is wider than the screen. */
  beyond() {
    return document.documentElement.scrollWidth - document.documentElement.clientWidth;
  },
  /** What breaks these rules of axe, each with up to three places. */
  async faults(what) {
    const { violations } = await axe.run(document, { runOnly: what, resultTypes: ["violations"] });
    const place = (node) => `${node.html.slice(0, 160)} (${(node.failureSummary ?? "").slice(0, 200)})`;
    return violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map(place).join("; ")}`);
  },
  /** How many colours the middle of a map shows: a blank one shows one. */
  colours(map) {
    const canvas = map.getCanvas();
    const gl = canvas.getContext("webgl2");
    const pixels = new Uint8Array(4 * 128 * 128);
    return new Promise((done) => {
      map.once("render", () => {
        gl.readPixels(canvas.width / 2 - 64, canvas.height / 2 - 64, 128, 128, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
        const seen = new Set();
        for (let at = 0; at < pixels.length; at += 4) seen.add(pixels.slice(at, at + 3).join());
        done(seen.size);
      });
      map.triggerRepaint();
    });
  },
};
