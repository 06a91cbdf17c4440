/** <candia-theme data-name data-auto data-light data-dark>: goes round auto → light → dark; kept on this device only. */

import { followScheme } from "../scheme";

const ROUND = ["auto", "light", "dark"] as const;
type Theme = (typeof ROUND)[number];
const KEY = "candia-theme";

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "auto";
  } catch {
    return "auto";
  }
}

function keep(theme: Theme): void {
  try {
    if (theme === "auto") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // storage is switched off: the choice holds for this page
  }
}

function apply(theme: Theme): void {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

class CandiaTheme extends HTMLElement {
  connectedCallback(): void {
    const button = this.querySelector("button");
    if (!button) return;
    const show = (theme: Theme): void => {
      for (const icon of button.querySelectorAll<HTMLElement>("[data-theme-icon]"))
        icon.hidden = icon.dataset.themeIcon !== theme;
      const text = button.querySelector(".sr-only");
      if (text) text.textContent = `${this.dataset.name ?? ""}: ${this.dataset[theme] ?? theme}`;
      button.title = this.dataset[theme] ?? theme;
    };
    let theme = stored();
    show(theme);
    button.addEventListener("click", () => {
      theme = ROUND[(ROUND.indexOf(theme) + 1) % ROUND.length] ?? "auto";
      keep(theme);
      apply(theme);
      for (const other of document.querySelectorAll<CandiaTheme>("candia-theme")) other.refresh?.(theme);
      show(theme);
    });
    this.refresh = show;
  }

  refresh?: (theme: Theme) => void;
}

followScheme();
customElements.define("candia-theme", CandiaTheme);
