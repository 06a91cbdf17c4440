// Keeps one page for the moment when there is no network: what it says, in both languages, and how it looks.
// It never keeps a page of the city itself: what is shown is either fresh or said to be missing.
const KEPT = "candia-offline-1";
const PAGES = ["/offline/", "/en/offline/"];
const PARTS = /(?:href|src)="(\/static\/[^"]+\.(?:css|js|svg))"/g;

async function keep() {
  const cache = await caches.open(KEPT);
  for (const page of PAGES) {
    // Without cookies, so that nobody's name is kept on the device.
    const answer = await fetch(page, { credentials: "omit", cache: "reload" });
    if (!answer.ok) continue;
    const parts = [...(await answer.clone().text()).matchAll(PARTS)].map((found) => found[1]);
    await cache.put(page, answer);
    await cache.addAll([...new Set(parts)]);
  }
}

self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, origin } = new URL(request.url);
  if (request.mode === "navigate" && request.method === "GET") {
    const page = pathname.startsWith("/en/") ? PAGES[1] : PAGES[0];
    event.respondWith(fetch(request).catch(async () => (await caches.match(page)) ?? Response.error()));
  } else if (origin === self.location.origin && pathname.startsWith("/static/")) {
    event.respondWith(fetch(request).catch(async () => (await caches.match(request)) ?? Response.error()));
  }
});
