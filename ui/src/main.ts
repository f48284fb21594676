// The page is a module of its own: the browser takes the document as loaded before that is read, and stops turning its
// sign of loading. Where there is no graphics card, that sign costs as much as the map.
import { tellUnloaded } from "./unloaded";
import "./render/names.css";
import "./styles/index.css";

const target = document.getElementById("app");
if (target) {
  // A published map's page says where its files are.
  const files = document.querySelector<HTMLMetaElement>('meta[name="portolan-data"]')?.content ?? null;
  import("./page").then(
    ({ openPage }) => openPage(target, files),
    (error: unknown) => tellUnloaded(target, error),
  );
}
