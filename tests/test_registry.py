"""The registry finds plugins by file name, and says which there are."""

import pytest

from portolan.errors import UnknownPluginError
from portolan.plugins import embedders, loaders, namers
from portolan.registry import Registry


@pytest.mark.parametrize("registry", [loaders, embedders, namers], ids=lambda registry: registry.kind)
def test_every_plugin_file_registers_a_plugin_of_its_own_name(registry):
    assert registry.names()
    for name in registry.names():
        assert isinstance(registry.get(name), type)


def test_an_unknown_plugin_is_refused_with_the_names_that_exist():
    with pytest.raises(UnknownPluginError) as caught:
        embedders.get("no-such-embedder")
    assert "static" in caught.value.fix


def test_names_are_known_without_importing_the_plugins():
    registry = Registry("embedder", "portolan.embedders")
    assert "static" in registry.names()
    assert not registry._plugins


def test_a_plugin_added_by_hand_is_found():
    registry = Registry("embedder", "portolan.embedders")
    registry.add("mine", int)
    assert registry.get("mine") is int
    assert "mine" in registry.names()
