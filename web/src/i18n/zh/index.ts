import app from "./app.json";
import login from "./login.json";
import machines from "./machines.json";
import run from "./run.json";
import runs from "./runs.json";
import states from "./states.json";

export default { app, login, machines, run, runs, states };
