// On a page that works without a network, before its scripts: kept as a stranger sees it, it belongs to whoever used it
// last and did not sign out (see src/offline/kept.ts).
(() => {
  if (document.body.dataset.person) return;
  let newest = 0;
  try {
    for (const key of Object.keys(localStorage)) {
      const person = /^candia-kept:(\d+):here:$/.exec(key)?.[1];
      const { at } = person ? JSON.parse(localStorage.getItem(key)) : { at: 0 };
      if (at > newest) {
        newest = at;
        document.body.dataset.person = person;
      }
    }
  } catch {
    // nothing is kept where storage is switched off
  }
})();
