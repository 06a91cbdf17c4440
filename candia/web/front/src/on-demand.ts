import { isUp, NETWORK } from "./offline/network";

const PATIENCE_MS = 3_000;
/** Settles once the first view stands and the page has a moment: what is heavy keeps nobody from reading or tapping. */
const rested = new Promise<void>((rest) => {
  const wait = (): void => {
    // Safari has no idle callback.
    if ("requestIdleCallback" in window) requestIdleCallback(() => rest(), { timeout: PATIENCE_MS });
    else setTimeout(rest, 200);
  };
  if (document.readyState === "complete") wait();
  else addEventListener("load", wait, { once: true });
});

/**
 * Loads an element's code when the first one comes near the screen and the page has come to rest; before that, its
 * content stands as written.
 */
export function onDemand(tag: string, load: () => Promise<unknown>): void {
  let asked = false;
  const ask = (): void => {
    if (asked) return;
    asked = true;
    near.disconnect();
    watch.disconnect();
    load().catch((error: unknown) => {
      // Without the drawing the page still has its list or table, so a failed load is no failure of the page.
      for (const element of document.querySelectorAll(tag)) element.setAttribute("failed", "");
      console.warn(`${tag} could not be loaded; its list or table stays.`, error);
      const again = (): void => {
        if (!isUp()) return;
        document.removeEventListener(NETWORK, again);
        load().catch(() => {});
      };
      document.addEventListener(NETWORK, again);
    });
  };
  const near = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && ask(), {
    rootMargin: "300px",
  });
  const look = (): void => {
    for (const element of document.querySelectorAll(tag)) near.observe(element);
  };
  const watch = new MutationObserver(look);
  void rested.then(() => {
    look();
    watch.observe(document.body, { childList: true, subtree: true });
  });
}
