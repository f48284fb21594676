// The page is a module of its own: the browser takes the document as loaded before that is read, and stops turning its
// sign of loading. Where there is no graphics card, that sign costs as much as the map.
import { tellUnloaded } from "./unloaded";
import "./render/names.css";
import "./styles/index.css";

const target = document.getElementById("app");
if (target) {
  import("./page").then(
    ({ openPage }) => openPage(target),
    (error: unknown) => tellUnloaded(target, error),
  );
}
