// Keeps pages for the moment when there is no network: what is said then, in both languages, and how it looks; and those
// that ask for it because they work without one, such as the crew's. It keeps them as a stranger sees them: what is
// anybody's own is data, which the page keeps itself. Shows news while no page is open (candia/accounts/push/).
const KEPT = "candia-offline-1";
const PAGES = ["/offline/", "/en/offline/"];
const PARTS = /(?:href|src)="(\/static\/[^"]+\.(?:css|js|svg|webmanifest))"/g;
// A line that is there and carries nothing, as in a lift or behind a hill.
const PATIENCE_MS = 4000;

async function keep(pages, more = []) {
  const cache = await caches.open(KEPT);
  await cache.addAll(more);
  for (const page of pages) {
    // Without cookies, so that nobody's name is kept on the device.
    const answer = await fetch(page, { credentials: "omit", cache: "reload" });
    if (!answer.ok || answer.redirected) continue;
    const parts = [...(await answer.clone().text()).matchAll(PARTS)].map((found) => found[1]);
    await cache.addAll([...new Set(parts)]);
    await cache.put(page, answer);
  }
}

// What the city answers; after a while without a word, or with none, what is kept.
async function answered(request, kept) {
  const asked = fetch(request);
  const stored = await caches.match(kept);
  if (!stored) return asked;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, stored));
  return Promise.race([asked.catch(() => stored), late]);
}

async function page(request, pathname) {
  try {
    return await answered(request, pathname);
  } catch {
    return (await caches.match(pathname.startsWith("/en/") ? PAGES[1] : PAGES[0])) ?? Response.error();
  }
}

self.addEventListener("install", (event) => event.waitUntil(keep(PAGES).then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  const { data } = event;
  if (Array.isArray(data?.keep)) event.waitUntil(keep(data.keep, data.parts).catch(() => {}));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, origin } = new URL(request.url);
  if (request.mode === "navigate" && request.method === "GET") {
    event.respondWith(page(request, pathname));
  } else if (origin === self.location.origin && pathname.startsWith("/static/")) {
    event.respondWith(answered(request, request).catch(() => Response.error()));
  }
});

// A push is a title, a line, and the path of the page that tells the rest.
self.addEventListener("push", (event) => {
  const { title, body, url, tag } = event.data.json();
  const shown = { body, tag, data: { url }, icon: "/static/candia.svg" };
  event.waitUntil(self.registration.showNotification(title, shown));
});
async function opened(path) {
  const page = new URL(path, self.location.origin);
  if (page.origin !== self.location.origin) return;
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find((window) => window.url === page.href);
  await (there ? there.focus() : self.clients.openWindow(page));
}
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(opened(event.notification.data.url));
});
