// Behaviour by data attribute; every page reads and every form works without it.
import { closeMenus } from "./menus.js";
import { copy } from "./copy.js";
import { dialogs } from "./dialogs.js";
import { dropZones } from "./drop.js";
import { fills } from "./fill.js";
import { live } from "./live.js";
import { recorders } from "./record.js";
import { scrollCurrent } from "./scroll.js";
import { streams } from "./stream.js";
import { theme } from "./theme.js";
import { watches } from "./watch.js";

document.documentElement.classList.add("js");
for (const start of [theme, closeMenus, copy, dialogs, dropZones, fills, live, recorders, scrollCurrent, streams, watches]) start(document);
