// Keeps the first map of the page as `drawn` once it has drawn all that it has.
document.addEventListener("candia:map", ({ detail: map }) => map.once("idle", () => (window.drawn ??= map)));
