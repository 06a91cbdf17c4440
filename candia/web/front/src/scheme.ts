/** Whether the page is light or dark just now, and its colours for what is drawn on a canvas. */

const dark = matchMedia("(prefers-color-scheme: dark)");
const CHANGED = "candia:scheme";

export function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : dark.matches;
}

/** Keeps `data-scheme` on the root in step and tells drawings of a change. */
export function followScheme(): void {
  const root = document.documentElement;
  const tell = (): void => {
    const now = isDark() ? "dark" : "light";
    if (root.dataset.scheme === now) return;
    root.dataset.scheme = now;
    document.dispatchEvent(new CustomEvent(CHANGED));
  };
  dark.addEventListener("change", tell);
  new MutationObserver(tell).observe(root, { attributeFilter: ["data-theme"] });
  tell();
}

export function onScheme(run: () => void, signal: AbortSignal): void {
  document.addEventListener(CHANGED, run, { signal });
}

const canvas = document.createElement("canvas");
canvas.width = 1;
canvas.height = 1;

/** A token such as `--sea` as `rgba(…)`: map and chart libraries do not read OKLCH or light-dark(). */
export function colour(token: string, alpha = 1): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${token})`;
  probe.hidden = true;
  document.body.append(probe);
  const computed = getComputedStyle(probe).color;
  probe.remove();
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) return "black";
  pen.clearRect(0, 0, 1, 1);
  pen.fillStyle = computed;
  pen.fillRect(0, 0, 1, 1);
  const [r, g, b] = pen.getImageData(0, 0, 1, 1).data;
  return `rgba(${r}, ${g}, ${b}, ${alpha})`;
}
