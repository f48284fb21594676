import { mount } from "svelte";
import App from "./App.svelte";
import { ServerSource } from "./data/server";
import { StaticSource } from "./data/static";
import { pageHost } from "./state/host";
import { Session } from "./state/session.svelte";
import "./render/names.css";
import "./styles/index.css";

const target = document.getElementById("app");
if (target) {
  // A published map's page says where its files are.
  const files = document.querySelector<HTMLMetaElement>('meta[name="portolan-data"]')?.content;
  const session = new Session(files ? new StaticSource(files) : new ServerSource(), pageHost());
  session.prepare();
  mount(App, { target, props: { session } });
}
