/** What only one service's pages look like: it stands beside them, in the layer `components` of main.css. */

import.meta.glob("../../../../services/*/style.css", { eager: true });

export {};
