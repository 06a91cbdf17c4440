// Keeps the first map of the page as `drawn` once it rests with every layer that the page names; layers come after the
// ground, so the map's first rest may be too early.
document.addEventListener("candia:map", ({ target, detail: map }) => {
  const layers = JSON.parse(document.getElementById(target.getAttribute("layers"))?.textContent || "null") ?? [];
  map.on("idle", () => {
    if (layers.every((layer) => map.getSource(`candia-${layer.id}`))) window.drawn ??= map;
  });
});
