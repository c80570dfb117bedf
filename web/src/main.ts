import { askEarly, mayBeIn } from "./api/early";
import { pageAt, PAGES } from "./app/pages";
import { firstAsk } from "./features/runs/first-ask";
import { firstLanguage, textsOf } from "./i18n/texts";

const nothing = () => undefined; // who needs what did not come tells of it

// What runs first is small, so that all that a page needs travels at once; each part would else wait for the one before.
const { pathname, search } = window.location;
const page = pageAt(pathname);
const rows = page === "runs" ? firstAsk(search) : null;
askEarly("/api/v1/session");
if (rows && mayBeIn(document.cookie)) askEarly(rows);
void import("./app/start");
void textsOf(firstLanguage(), page === "runs" ? ["first"] : ["first", "rest"]).catch(nothing);
if (page && page !== "runs") void PAGES[page]().catch(nothing);
