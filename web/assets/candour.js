// The Design System's own behaviour (error summaries take focus, counts of characters, conditional answers). A page asks
// for it with {{ script("candour.js") }}, and works without it.
import { initAll } from "./govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();
