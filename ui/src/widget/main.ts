/** The page as an anywidget: https://anywidget.dev/en/afm/. Built into one module, styles included. */

import { ServerSource } from "../data/server";
import { openMap } from "../opening.svelte";
import { Session } from "../state/session.svelte";
import { openLine } from "./ask";
import { bind } from "./bind.svelte";
import { widgetHost } from "./host";
import { keepFocus, keepKeys } from "./keys";
import { type Model, hear } from "./model";
import "../render/names.css";
import "../styles/index.css";
import "./widget.css";

/** The build puts all styles here: they go into the cell's shadow, not into the notebook. */
const STYLES = "__PORTOLAN_STYLES__";
const WAITING = "Waiting for the kernel: it may be running a cell.";

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const box = document.createElement("div");
  // JupyterLab leaves the keys of what has this attribute alone.
  box.dataset["lmSuppressShortcuts"] = "true";
  box.className = "portolan-widget";
  const setHeight = () => (box.style.height = `${String(model.get("height"))}px`);
  setHeight();
  el.append(box);
  const shadow = box.attachShadow({ mode: "open" });
  const style = document.createElement("style");
  style.textContent = STYLES;
  shadow.append(style);

  let close: () => void = () => undefined;
  const begin = () => {
    close();
    close = open(model, box, shadow, begin);
  };
  const stops = [hear(model, "change:height", setHeight), keepKeys(box), whenSized(box, begin)];
  return () => {
    for (const stop of stops) stop();
    close();
    box.remove();
  };
}

/** Shows the page in the box; returns what takes it away again. */
function open(model: Model, box: HTMLElement, shadow: ShadowRoot, reload: () => void): () => void {
  const root = document.createElement("div");
  root.className = "portolan";
  root.tabIndex = -1;
  root.setAttribute("role", "region");
  shadow.append(root);
  const notice = document.createElement("p");
  notice.className = "waiting";
  notice.setAttribute("role", "status");
  root.append(notice);
  const line = openLine(model, (isWaiting) => (notice.textContent = isWaiting ? WAITING : ""));
  const session = new Session(new ServerSource("api/", line.ask), widgetHost(box, root, model, reload));
  session.prepare();
  session.commands.add({
    name: () => (document.fullscreenElement === box ? "Back to the notebook" : "The whole screen"),
    group: "The page",
    words: "full screen large fullscreen",
    run: () => void (document.fullscreenElement === box ? document.exitFullscreen() : box.requestFullscreen()),
  });
  const stop = openMap(root, session);
  const stops = [bind(model, session), keepFocus(box, root), stop];
  return () => {
    for (const stop of stops) stop();
    line.close();
    root.remove();
  };
}

/** Calls `begin` once the box has room: a notebook makes cells before it shows them. */
function whenSized(box: HTMLElement, begin: () => void): () => void {
  const observer = new ResizeObserver(() => {
    if (box.clientWidth === 0 || box.clientHeight === 0) return;
    observer.disconnect();
    begin();
  });
  observer.observe(box);
  return () => observer.disconnect();
}

export default { render };
