// What the list of runs and the frame say: it comes before the first page.
import app from "./app.json";
import commands from "./commands.json";
import edits from "./edits.json";
import finding from "./finding.json";
import login from "./login.json";
import runs from "./runs.json";
import states from "./states.json";

export default { app, commands, edits, finding, login, runs, states };
