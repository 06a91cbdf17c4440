/**
 * The pages from the keyboard. A letter presses the button that has it as `data-key`, or goes into that input; j and k
 * walk the rows, o opens, x chooses. Letters do nothing while somebody writes, in a dialog, or where they were switched off (`[data-keys]`).
 *
 * `[data-inbox]` is a form of rows that are chosen by boxes: `[data-all]` chooses its group, `[data-bulk]` means the row
 * at hand where none is chosen, and what is chosen stays so when news renews the rows.
 */

const OFF = "candia-keys-off";
const ROWS = "[data-inbox] [data-row]";

const form = (): HTMLFormElement | null => document.querySelector<HTMLFormElement>("form[data-inbox]");
const boxes = (within: ParentNode | null): HTMLInputElement[] => [
  ...(within?.querySelectorAll<HTMLInputElement>("input[name=item]") ?? []),
];
const rows = (): HTMLElement[] =>
  [...document.querySelectorAll<HTMLElement>(ROWS)].filter((row) => row.checkVisibility());
const HANDLES = [":scope > details > summary", ":scope > .title a", ":scope > .pick input"];
const handle = (row?: Element | null): HTMLElement | undefined =>
  HANDLES.flatMap((one) => [...(row?.querySelectorAll<HTMLElement>(one) ?? [])])[0];

/** The row at hand, which keeps its place while the focus is in a dialog. */
let last = "";
const nameOf = (row: Element): string => boxes(row)[0]?.value ?? "";
const atHand = (): HTMLElement | undefined => rows().find((row) => nameOf(row) === last);

document.addEventListener("focusin", (event) => {
  const row = event.target instanceof Element ? event.target.closest(ROWS) : null;
  if (row) last = nameOf(row);
});

document.addEventListener("keydown", (event) => {
  const target = event.target;
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
  if (!(target instanceof Element) || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") return choose(boxes(form()), false);
  const writes = target.closest("select, textarea, candia-map, candia-chart, [contenteditable], input");
  if (writes && !target.matches("[type=checkbox]")) return;
  if (event.key === "Enter" && target.matches("[data-inbox] .pick input")) {
    // In a form it would press the form's first button.
    event.preventDefault();
    return open();
  }
  if (localStorage.getItem(OFF) && event.key !== "?") return;
  const act = { j: () => walk(1), k: () => walk(-1), o: open, x: pick }[event.key];
  const button = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(event.key)}"]`);
  if (!button && !(act && form())) return;
  event.preventDefault();
  if (act && form()) act();
  else if (button instanceof HTMLInputElement) button.select();
  else button?.click();
});

function walk(by: number): void {
  const all = rows();
  const now = all.findIndex((row) => nameOf(row) === last && row === atHand());
  const row = all[Math.min(Math.max(now + by, 0), all.length - 1)];
  handle(row)?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

function open(): void {
  handle(atHand())?.click();
}

function pick(): void {
  const row = atHand();
  const box = row?.querySelector<HTMLInputElement>(":scope > .pick input");
  box?.click();
}

function choose(some: HTMLInputElement[], on: boolean): void {
  for (const box of some) box.checked = on;
  tell();
}

/** How many are chosen, beside what can be done with them; a group's own box says all, some or none. */
function tell(): void {
  const inbox = form();
  const chosen = boxes(inbox).filter((box) => box.checked).length;
  const said = inbox?.querySelector<HTMLElement>("[data-chosen]");
  if (said) said.textContent = chosen ? `${said.dataset.chosen}: ${chosen}` : "";
  for (const all of document.querySelectorAll<HTMLInputElement>("[data-all]")) {
    const own = boxes(all.closest("[data-row]"));
    const on = own.filter((box) => box.checked).length;
    all.checked = on === own.length;
    all.indeterminate = on > 0 && on < own.length;
  }
}

document.addEventListener("change", (event) => {
  const box = event.target;
  if (!(box instanceof HTMLInputElement)) return;
  if (box.matches("[data-keys]")) box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1");
  if (box.matches("[data-all]")) choose(boxes(box.closest("[data-row]")), box.checked);
  if (box.matches("[name=item]")) tell();
});

// Before the dialog opens or the form is sent: with nothing chosen, the row at hand is meant.
document.addEventListener(
  "click",
  (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-bulk]")) return;
    if (!boxes(form()).some((box) => box.checked)) choose(boxes(atHand() ?? null), true);
  },
  true,
);

/** What was chosen and what stood open, while news renews the rows. */
let chosen = new Set<string>();
let opened = new Set<string>();
document.addEventListener("htmx:beforeSwap", () => {
  chosen = new Set(boxes(form()).flatMap((box) => (box.checked ? [box.value] : [])));
  const groups = document.querySelectorAll(`${ROWS} > details[open]`);
  opened = new Set([...groups].map((group) => nameOf(group)));
});
document.addEventListener("htmx:afterSettle", () => {
  for (const box of boxes(form())) if (chosen.has(box.value)) box.checked = true;
  for (const group of document.querySelectorAll<HTMLDetailsElement>(`${ROWS} > details`))
    if (opened.has(nameOf(group))) group.open = true;
  tell();
});

/** A dialog whose form came back with something wrong is open from the start. */
export function startKeys(): void {
  for (const box of document.querySelectorAll<HTMLInputElement>("[data-keys]"))
    box.checked = !localStorage.getItem(OFF);
  document.querySelector<HTMLDialogElement>("dialog[data-open]")?.showModal();
  tell();
}
