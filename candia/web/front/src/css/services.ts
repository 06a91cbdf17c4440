/** What only one floor's or one service's pages look like: it stands beside them, in the layer `components` of main.css. */

import.meta.glob(
  [
    "../../../../operations/style.css",
    "../../../../operations/*/style.css",
    "../../../../participation/style.css",
    "../../../../services/*/style.css",
  ],
  { eager: true },
);

export {};
