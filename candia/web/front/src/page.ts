/** Small manners of every page: menus that close, dialogs that open, rows walked by arrow keys, errors that take the focus. */

function closest<E extends Element>(event: Event, selector: string): E | null {
  return event.target instanceof Element ? event.target.closest<E>(selector) : null;
}

const MENUS = "details:is(.menu, .drop)[open]";

document.addEventListener("click", (event) => {
  const opener = closest<HTMLElement>(event, "[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.opens ?? "");
    if (dialog instanceof HTMLDialogElement) dialog.showModal();
  }
  const closer = closest<HTMLElement>(event, "[data-closes]");
  if (closer) {
    const dialog = closer.closest("dialog");
    if (dialog) dialog.close();
    else closer.closest(".notice")?.remove();
  }
  for (const menu of document.querySelectorAll<HTMLDetailsElement>(MENUS))
    if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll<HTMLDetailsElement>(MENUS)) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
    return;
  }
  walkRows(event);
});

/** Within a `[data-rows]` list the arrow keys, Home and End go from row to row; elsewhere they stay the page's. */
function walkRows(event: KeyboardEvent): void {
  const list = closest<HTMLElement>(event, "[data-rows]");
  if (
    !list ||
    closest(event, "input, select, textarea, candia-map, candia-chart") ||
    event.altKey ||
    event.ctrlKey ||
    event.metaKey
  )
    return;
  const rows = [...list.querySelectorAll<HTMLElement>("[data-row]")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (to === undefined) return;
  const row = rows[Math.min(Math.max(to, 0), rows.length - 1)];
  const target = row?.matches("a, button") ? row : row?.querySelector<HTMLElement>("a, button");
  if (!target) return;
  event.preventDefault();
  target.focus();
}

/** A chosen picture is shown before it is sent, so that the wrong one is noticed in time. */
document.addEventListener("change", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || input.type !== "file") return;
  const preview = input.closest(".upload")?.querySelector<HTMLImageElement>("img[data-preview]");
  const file = input.files?.[0];
  if (!preview) return;
  if (preview.src.startsWith("blob:")) URL.revokeObjectURL(preview.src);
  preview.hidden = !file?.type.startsWith("image/");
  if (file && !preview.hidden) preview.src = URL.createObjectURL(file);
});

/** A file that the city has by now would only be sent again. */
document.addEventListener("htmx:afterRequest", (event) => {
  const part = event.target;
  const { successful } = (event as CustomEvent<{ successful: boolean }>).detail;
  if (!(successful && part instanceof HTMLElement && part.matches("[data-sends-file]"))) return;
  for (const input of part.querySelectorAll<HTMLInputElement>("input[type=file]")) input.value = "";
});

for (const kind of ["dragover", "dragleave", "drop"])
  document.addEventListener(kind, (event) =>
    closest(event, ".upload")?.classList.toggle("over", kind === "dragover"),
  );

/** A part that news replaces takes the focus with it; whoever was reading there stays where they were. */
document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.target;
  const held = document.activeElement;
  if (!(part instanceof HTMLElement && part.id && held instanceof HTMLElement && part.contains(held))) return;
  const path = held.getAttribute("href") ?? "";
  // What was held may be gone for good, as a form that a colleague has just made needless; then its heading is next.
  const next = held instanceof HTMLAnchorElement ? `a[href="${CSS.escape(path)}"]` : "[tabindex='-1']";
  document.addEventListener(
    "htmx:afterSettle",
    () => {
      const again = document.querySelector<HTMLElement>(`#${part.id} ${next}`);
      if (document.activeElement === document.body) again?.focus({ preventScroll: true });
    },
    { once: true },
  );
});

document.querySelector<HTMLElement>(".error-summary")?.focus();
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target instanceof Element) event.target.querySelector<HTMLElement>(".error-summary")?.focus();
});
