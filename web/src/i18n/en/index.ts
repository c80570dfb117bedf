import app from "./app.json";
import boards from "./boards.json";
import classes from "./classes.json";
import commands from "./commands.json";
import compare from "./compare.json";
import items from "./items.json";
import learnt from "./learnt.json";
import login from "./login.json";
import machines from "./machines.json";
import overview from "./overview.json";
import panels from "./panels.json";
import run from "./run.json";
import runs from "./runs.json";
import states from "./states.json";
import system from "./system.json";

export default { app, boards, classes, commands, compare, items, learnt, login, machines, overview, panels, run, runs, states, system };
