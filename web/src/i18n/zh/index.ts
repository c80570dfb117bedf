import app from "./app.json";
import login from "./login.json";
import run from "./run.json";
import runs from "./runs.json";
import states from "./states.json";

export default { app, login, run, runs, states };
