"""A registry finds a plugin by its file's name, or by an entry point of another package, on first use."""

from __future__ import annotations

import importlib
import pkgutil
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from portolan.errors import UnknownPluginError

T = TypeVar("T")


class Registry(Generic[T]):
    """Plugins of one kind.

    A plugin file `portolan/<package>/<name>.py` calls `registry.add("<name>", Plugin)` when it is imported.
    A hyphen in a plugin's name is an underscore in its file's name.
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self._package = package
        self._plugins: dict[str, type[T]] = {}

    def add(self, name: str, plugin: type[T]) -> None:
        """Register `plugin` under `name`."""
        self._plugins[name] = plugin

    def names(self) -> list[str]:
        """Names of all plugins that can be had, without importing them."""
        package = importlib.import_module(self._package)
        files = {
            module.name.replace("_", "-")
            for module in pkgutil.iter_modules(package.__path__)
            if not module.name.startswith("_")
        }
        others = {entry.name for entry in entry_points(group=self._package)}
        return sorted(files | others | set(self._plugins))

    def get(self, name: str) -> type[T]:
        """The plugin class registered under `name`.

        Raises
        ------
        UnknownPluginError
            No file and no entry point has that name.
        """
        if name not in self._plugins:
            self._load(name)
        if name not in self._plugins:
            raise UnknownPluginError(
                f"There is no {self.kind} named '{name}'.",
                fix=f"Choose one of: {', '.join(self.names())}.",
            )
        return self._plugins[name]

    def _load(self, name: str) -> None:
        for entry in entry_points(group=self._package, name=name):
            self._plugins[name] = entry.load()
            return
        module = name.replace("-", "_")
        package = importlib.import_module(self._package)
        if module in {found.name for found in pkgutil.iter_modules(package.__path__)}:
            importlib.import_module(f"{self._package}.{module}")
